# What a kernelspec starts: sh supervise.sh NODE [FLAG...] kernel.cjs CONNECTION_FILE [ARGUMENT...]. It holds what has to outlive the kernel, waits for its end,
# and has it explained in the cell. A shell, because the kernel waits for it to start, and Node takes 35 ms and 40 MB to do nothing.
#
# Descriptors of the kernel (descriptors.ts): 1 and 2 lead into pipes, which it reads itself at 5 and 6; at 3 it hears of signals, and that this shell is gone;
# 4 is the note of what it executes; 7 is where its log goes.

here=${0%/*}

# In memory where there is such a folder, and where there is room for all that the note will ever hold: it is filled, so that none can run out later.
folder=
for place in "$XDG_RUNTIME_DIR" /dev/shm "$TMPDIR" /tmp; do
  if [ -n "$place" ] && [ -w "$place" ] && mkdir -m 700 "$place/tesserlab-$$" 2>/dev/null; then
    folder=$place/tesserlab-$$
    printf '\n%150000s' '' 2>/dev/null >"$folder/note" && break
    rm -rf "$folder"
    folder=
  fi
done

# A pipe is opened for reading and writing first: opened for one of them, it would wait for somebody who does the other.
if [ -z "$folder" ] ||
  ! mkfifo "$folder/out" "$folder/error" "$folder/signals" 2>/dev/null ||
  ! command exec 4<>"$folder/note" 7<>"$folder/out" 8<>"$folder/signals" 9<>"$folder/error" ||
  ! command exec 3<"$folder/signals" 5<"$folder/out" 6<"$folder/error" ||
  ! command exec 7>"$folder/out" 8>"$folder/signals" 9>"$folder/error"; then
  echo "[tesserlab] No pipes can be made in XDG_RUNTIME_DIR, /dev/shm, TMPDIR or /tmp: the kernel runs without a supervisor." >&2
  [ -z "$folder" ] || rm -rf "$folder"
  exec "$@"
fi

"$@" --supervised "$PPID" </dev/null >&7 7>&2 2>&9 8>&- 9>&- &
kernel=$!
exec 3<&- 7>&- 9>&-
rm -rf "$folder" &

trap '' PIPE
trap 'echo interrupt >&8 2>/dev/null' INT
trap 'echo terminate >&8 2>/dev/null' TERM HUP

# A signal ends the waiting before the kernel does.
while :; do
  wait "$kernel" 2>/dev/null
  status=$?
  kill -0 "$kernel" 2>/dev/null || break
done

read -r note <&4
# 137: when a cell does not let it end, it kills itself.
case $note:$status in leaving:0 | leaving:137) exit 0 ;; esac
exec "$1" "$here/announce.cjs" "$status" "$@"
