#!/bin/bash
# Healthy = primary of its set of one, which the first call makes.
exec mongosh --quiet --eval '
  try { rs.status() } catch { rs.initiate({_id: "govwatch", members: [{_id: 0, host: "mongo:27017"}]}) }
  quit(db.hello().isWritablePrimary ? 0 : 1)'
