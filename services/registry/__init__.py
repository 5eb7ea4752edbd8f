"""台账：who opened what, was it filed, and every change filed or found."""
