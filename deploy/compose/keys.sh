#!/bin/sh
# Makes the keys that are missing, the accounts the bus knows, its certificate, and for each user of the bus a secret of
# its own with the authority to believe, in the folders bus, admin, registry … of the folder given.
set -eu
for=$1
govwatch streams users > "$for/bus/accounts.part"
mv "$for/bus/accounts.part" "$for/bus/accounts.conf"
govwatch keys certificate "$GOVWATCH_DATA_DIR/tls" nats
install -m 444 "$GOVWATCH_DATA_DIR/tls/server.pem" "$for/bus/server.pem"
install -m 400 "$GOVWATCH_DATA_DIR/tls/server.key" "$for/bus/server.key"
for user in admin registry prober scorer notifier; do
  # Readable, since the service runs under another number; only that service's container has this volume.
  install -m 444 "$GOVWATCH_DATA_DIR/keys/$user.nk" "$for/$user/seed.part"
  mv "$for/$user/seed.part" "$for/$user/seed"
  install -m 444 "$GOVWATCH_DATA_DIR/tls/ca.pem" "$for/$user/ca.pem"
done
# Seals the secrets of second steps: made once, good for as long as this volume is kept.
sealing=$for/registry/govwatch_identity_key
if [ ! -s "$sealing" ]; then
  head -c 32 /dev/urandom | base64 > "$sealing.part"
  chmod 444 "$sealing.part"
  mv "$sealing.part" "$sealing"
fi
