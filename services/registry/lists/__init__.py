"""The lists offices have: files into rows, rows into what is filed, and the way back.

``files`` says what a file is and refuses what is none, ``sheets`` reads its rows (``apart`` in a process of its own),
``shapes`` knows the headings, ``rows`` makes entries and faults of rows, ``compare`` holds them against the register,
``returned`` and ``export`` write workbooks. Nothing here asks the store or the clock.
"""
