"""The journeys: promises seen from outside. A package, so that the tests share one town and one event loop."""
