#!/usr/bin/env bash
# Makes this computer the USB drive of a car: user, folders, settings, systemd units. Says what it does, may be run again, and removes nothing.
#
#   sudo deploy/car/install.sh --data /backingfiles
#   deploy/car/install.sh --dry-run
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vidette=$(cd "$here/../.." && pwd)
data=/backingfiles
user='vidette-drive'
mode=live
uid=
root=
dry=

usage() {
  cat <<'TEXT'
Usage: install.sh [options]
  --data DIR      folder for images and footage, best on a partition of its own with XFS or btrfs (/backingfiles)
  --mode MODE     live (one image) or swap (two) (live)
  --vidette DIR   where Vidette is: a checkout or an installed package (this one)
  --user NAME     user that it runs as (vidette-drive)
  --uid NUMBER    of that user, when it is made
  --root DIR      install below this folder instead of / : for making an image of a system
  --dry-run       say what would be done, and do nothing
TEXT
}

stop() {
  printf '%s\n' "$@" >&2
  exit 1
}

while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry=1 ;;
    --help | -h) usage; exit 0 ;;
    --data | --mode | --vidette | --user | --uid | --root)
      [ $# -ge 2 ] || stop "$1 needs a value." "$(usage)"
      case $1 in
        --data) data=$2 ;;
        --mode) mode=$2 ;;
        --vidette) vidette=$2 ;;
        --user) user=$2 ;;
        --uid) uid=$2 ;;
        --root) root=${2%/} ;;
      esac
      shift
      ;;
    *) stop "There is no option $1." "$(usage)" ;;
  esac
  shift
done

# What goes into units and JSON holds nothing that means something there.
plain='^[A-Za-z0-9/][A-Za-z0-9/._-]*$'
for path in "$data" "$vidette"; do
  [[ $path =~ $plain && $path == /* && $path != *..* ]] || stop "$path is not a plain absolute path."
done
[[ $user =~ ^[a-z_][a-z0-9_-]{0,30}$ ]] || stop "$user cannot be the name of a user."
[[ $uid =~ ^[0-9]*$ ]] || stop "$uid is not a number."
[ "$mode" = live ] || [ "$mode" = swap ] || stop "--mode is live or swap."

say() { printf '%s\n' "$*"; }
# Says a command, and runs it.
run() {
  printf '+'
  printf ' %q' "$@"
  printf '\n'
  [ -n "$dry" ] || "$@"
}
# Writes standard input to a file when it says something else. $1 path, $2 mode
put() {
  local text
  text=$(cat)
  if [ -f "$root$1" ] && [ "$(cat "$root$1")" = "$text" ]; then
    say "= $1 is as it should be"
    return
  fi
  say "+ write $1"
  [ -z "$dry" ] || return 0
  mkdir -p "$(dirname "$root$1")"
  printf '%s\n' "$text" >"$root$1.new"
  chmod "$2" "$root$1.new"
  mv -f "$root$1.new" "$root$1"
}

machine=$(uname -m)
if [ -z "$root" ] && [ "$machine" != aarch64 ]; then
  case $machine in
    armv6l | armv7l | armhf)
      problem="This is a 32-bit ARM system ($machine), which is not supported: a Raspberry Pi Zero W cannot run Vidette. Use a Zero 2 W or newer, with a 64-bit system."
      ;;
    *) problem="The drive in the car runs on 64-bit ARM Linux; this is $machine." ;;
  esac
  [ -n "$dry" ] || stop "$problem"
  say "! $problem"
fi
[ -n "$root$dry" ] || [ "$(id -u)" = 0 ] || stop "Run it as root: sudo $0"

# The programs that the units start. In an image for another machine they are those of the package, not of this machine.
arch=arm64
find_node() {
  local folder
  for folder in "$vidette/node_modules" "$(dirname "$vidette")"; do
    if [ -x "$folder/node-linux-$arch/bin/node" ]; then
      printf '%s' "$folder/node-linux-$arch/bin/node"
      return
    fi
  done
}
node=$(find_node)
if [ -z "$node" ]; then
  node="$vidette/node_modules/node-linux-$arch/bin/node"
  [ -n "$root$dry" ] || stop "There is no $node." "Start Vidette once, which installs it: $vidette/vidette --version"
  say "! $node is not there yet"
fi
if [ -f "$vidette/dist/cli/vidette.js" ]; then
  cli="$vidette/dist/cli/vidette.js"
  helper="$vidette/dist/sources/dashcam/gadget/helper.main.js"
else
  cli="$vidette/src/cli/vidette.ts"
  helper="$vidette/src/sources/dashcam/gadget/helper.main.ts"
fi
if [ ! -f "$cli" ] || [ ! -f "$helper" ]; then stop "There is no Vidette in $vidette." "Name its folder with --vidette."; fi

# Root runs it: nobody else may be able to change it.
if [ -z "$root$dry" ]; then
  open=$(find "$node" "$helper" "$(dirname "$helper")" "$vidette" -maxdepth 0 \( ! -user root -o -perm /022 \) -print -quit)
  path=$vidette
  while [ -z "$open" ] && [ "$path" != / ]; do
    path=$(dirname "$path")
    open=$(find "$path" -maxdepth 0 \( ! -user root -o -perm /022 \) ! -perm /1000 -print -quit)
  done
  [ -n "$open" ] || open=$(find "$vidette" -xdev ! -type l \( ! -user root -o -perm /022 \) -print -quit)
  [ -z "$open" ] || stop "Others than root can change $open, and root would run what is in there." \
    "Put Vidette where only root can write: sudo cp -a $vidette /usr/lib/vidette && sudo chown -R root:root /usr/lib/vidette && sudo chmod -R go-w /usr/lib/vidette; then run deploy/car/install.sh there."
fi

say "Vidette in $vidette, data in $data, mode $mode"

if [ -z "$root" ] && ! id "$user" >/dev/null 2>&1; then
  run useradd --system --user-group --no-create-home --home-dir "$data" --shell /usr/sbin/nologin ${uid:+--uid "$uid"} "$user"
fi
if [ -z "$uid" ]; then uid=$(id -u "$user" 2>/dev/null || echo 990); fi
[ "$uid" -ge 1 ] || stop "The drive does not run as root: choose another user."

for folder in images spool; do
  [ -d "$root$data/$folder" ] || run mkdir -p "$root$data/$folder"
  if [ -z "$root" ]; then run chown "$user:$user" "$data/$folder"; fi
  run chmod 0700 "$root$data/$folder"
done
[ -d "$root$data/drive-state" ] || run mkdir -p "$root$data/drive-state"
if [ -z "$root" ]; then run chown "$user:$user" "$data/drive-state"; fi
run chmod 0700 "$root$data/drive-state"

names=cam
[ "$mode" = live ] || names='cam-1 cam-2'
images=
for name in $names; do
  images="$images${images:+, }\"$name\": \"$data/images/$name.img\""
done
if [ -f "$root/etc/vidette/drive.json" ]; then
  say "= /etc/vidette/drive.json is yours, and stays as it is"
else
  put /etc/vidette/drive.json 0644 <<TEXT
{
  "images": "$data/images",
  "spool": "$data/spool",
  "state": "$data/drive-state",
  "mode": "$mode",
  "size": "64G",
  "car": "car"
}
TEXT
fi
if [ -f "$root/etc/vidette/drive-images.json" ]; then
  say "= /etc/vidette/drive-images.json is yours, and stays as it is"
else
  put /etc/vidette/drive-images.json 0644 <<TEXT
{ "uid": $uid, "images": { $images } }
TEXT
fi
put /etc/modules-load.d/vidette-drive.conf 0644 <<TEXT
dwc2
libcomposite
TEXT
for unit in vidette-drive.service vidette-gadget.socket vidette-gadget@.service; do
  sed -e "s|@VIDETTE@|$vidette|g; s|@DATA@|$data|g; s|@USER@|$user|g; s|@NODE@|$node|g; s|@CLI@|$cli|g; s|@HELPER@|$helper|g" "$here/$unit" |
    put "/etc/systemd/system/$unit" 0644
done
if [ -z "$root" ]; then
  run systemctl daemon-reload
  run systemctl enable --now vidette-gadget.socket vidette-drive.service
fi

config=/boot/firmware/config.txt
[ -f "$root$config" ] || config=/boot/config.txt
if [ -f "$root$config" ] && ! grep -Eq '^[[:space:]]*dtoverlay=dwc2' "$root$config"; then
  say "! $config does not switch the USB port to a device yet. Add this line to it, and start the machine again:"
  say "    dtoverlay=dwc2,dr_mode=peripheral"
fi
say "Done. The code for the first password: sudo cat $data/drive-state/first-code"
say "Then open http://$(uname -n).local:8041 and plug this computer into the car’s glove box."
