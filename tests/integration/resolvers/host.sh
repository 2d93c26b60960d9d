# tests/integration/resolvers/host.sh: a host with rollcalld and a forwarder, inside the
# namespaces that box.in_namespace() made. The test sets FOLDER, BIN and start_forwarder.
d=$FOLDER
bind_over() { [ -e "$2" ] && mount --bind "$1" "$2"; }
bind_over "$d/resolv.conf" /etc/resolv.conf
bind_over "$d/nsswitch.conf" /etc/nsswitch.conf
rollcall() { "$BIN/rollcall" --socket "$d/rollcall.sock" "$@"; }
now() { date +%s.%N; }
since() { echo "$(now) $1" | awk '{ printf "%.1f\n", $1 - $2 }'; }
# within SECONDS COMMAND...: 0 as soon as the command is true.
within() {
    left=$(($1 * 20))
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || return 1
        sleep 0.05
    done
}
# say KEY COMMAND...: one line "KEY: output"; a failing command says nothing.
say() {
    key=$1
    shift
    printf '%s: %s\n' "$key" "$("$@" 2>>"$d/log" | tr '\n' ' ')"
}
forwarder=""
"$BIN/rollcalld" -c "$d/rollcall.yaml" 2>>"$d/log" &
daemon=$!
trap 'kill $daemon $forwarder 2>/dev/null; wait' EXIT
within 10 rollcall status || { echo "rollcalld does not answer"; exit 1; }
