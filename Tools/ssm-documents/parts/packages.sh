# --- Packages --------------------------------------------------------------------------------------------------------

install() {
    [ "$installDependencies" = True ] || return 1
    if command -v dnf >/dev/null; then dnf install -y -q "$@" >/dev/null
    elif command -v amazon-linux-extras >/dev/null; then
        amazon-linux-extras install -y epel >/dev/null 2>&1 || true
        yum install -y -q "$@" >/dev/null
    elif command -v yum >/dev/null; then yum install -y -q "$@" >/dev/null
    elif command -v apt-get >/dev/null; then
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null 2>&1 ||
            { apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null; }
    else return 1; fi
}

# need COMMAND PACKAGE…: true when the command is there or could be installed.
need() {
    local command=$1 package
    shift
    if command -v "$command" >/dev/null; then return 0; fi
    for package in "$@"; do
        if install "$package" >&2 && command -v "$command" >/dev/null; then return 0; fi
    done
    return 1
}
