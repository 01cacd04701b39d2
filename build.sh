#!/usr/bin/env bash
# The one entry for building, testing and trying Tocsin. `./build.sh help` lists the commands.
# Every command may be repeated: what is already there and unchanged is not done again. Apart from packages of the
# system nothing outside this folder is changed.
set -euo pipefail
caller=$(pwd -P)
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(pwd -P)    # as SwiftPM names it; the paths in what is compiled begin with it
case $root in *' '*) echo "build.sh: $root has a space in its name, which the linker's options cannot have. Move the folder." >&2; exit 1 ;; esac
build=$root/.build
static=$build/static
python=$build/venv/bin/python
export PKG_CONFIG_PATH=$static/lib/pkgconfig
export TOCSIN_LINK_MAPS=$build/maps    # Package.swift lets the linker write what it took: Tools/licences reads it

# <cloud>/<name>/main.swift → dist/<cloud>/<name>.zip; the product is <name> for lambda, <name>-fc for fc.
functions=(lambda/metric-writer lambda/uptime-checker lambda/notifier lambda/chaos-executor
    lambda/alarm-provisioner lambda/fargate-adjuster lambda/sla-reporter
    fc/notifier fc/uptime-checker fc/metric-writer)
tools=(sla-runner adjust tocsin)    # Sources/Programs/<name>/ → dist/bin/<name>

# What a Debian or Ubuntu machine needs beside the Swift toolchain; the libraries are linked into the programs.
system_libraries=(libc6-dev zlib1g-dev libc-ares-dev libnghttp2-dev libexpat1-dev libyaml-dev libpcre2-dev libsqlite3-dev)
packages=(make patch dpkg-dev python3 python3-venv "${system_libraries[@]}")

usage() {
    cat <<'HELP'
Usage: ./build.sh [command] [options]

  (none)       build every function into dist/lambda/*.zip and dist/fc/*.zip and the tools into dist/bin/, static
  test         run the whole test suite, that of terraform/ too (it takes what is built in dist/); options go to
               `swift test`, which then runs alone: ./build.sh test --filter JSONTests
  sanitize     run the tests of the event loop and HTTP client under the thread and address sanitizers
  setup        only install and prepare what building needs
  up           start the whole system on this machine: tests, checks, metrics, chat; options as for `tocsin up`
  order        trace the start of the functions, and write it to Tools/start-order.txt for the linker (with valgrind)
  bench        run the benchmarks and print their tables; `bench NAME [options]` runs one of Benchmarks/
  lint         check the formatting (`lint --fix` mends it)
  docs         build the documentation of the library products into dist/docs/, a static site
  function     for packages that depend on this one: run in such a package's folder, `function NAME [options]` builds its
               product NAME static into NAME.zip; options go to `swift build`. `function` alone prepares the C libraries
  clean        remove dist/, .build/ and the sanitizers' build folders
  help         this text

Examples:
  ./build.sh && ls -l dist/lambda dist/bin
  ./build.sh up --for 30s
HELP
}

say() { if [ -t 1 ]; then printf '\r\033[K\033[1m==>\033[0m %s\n' "$*"; else printf '==> %s\n' "$*"; fi; }
die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

# Runs a command quietly, its output in a log file; the end of that is shown when the command fails.
logged() {
    local step=$1 log=$build/$1.log status=0 watch=; shift
    # Steps that run side by side have one progress line together.
    if [ -z "${side_by_side:-}" ]; then progress tail -n 1 "$log" & watch=$!; fi
    "$@" >"$log" 2>&1 || status=$?
    end_progress "$watch"
    [ $status = 0 ] && return
    # Without the lines that only say how far `swift build` has come.
    grep -vE '^\[[0-9]+/[0-9]+\] ' "$log" | tail -n 60 >&2
    die "the step $step failed; the whole log is in $log"
}

# Shows what a command prints and the time that has passed: from the third second on, on a terminal every second in one
# line, elsewhere a line every 20 seconds. Runs in the background.
progress() {
    local begin=$SECONDS text time
    while sleep 1; kill -0 $$ 2>/dev/null; do
        text=$("$@" 2>/dev/null) time=$((SECONDS - begin))
        printf -v text '    %d:%02d %.68s' $((time / 60)) $((time % 60)) "$text"
        if [ -t 1 ]; then [ $time -lt 3 ] || printf '\r\033[K%s' "$text"
        elif [ $((time % 20)) = 0 ]; then printf '%s\n' "$text"; fi
    done
}

end_progress() {
    [ -n "$1" ] || return 0
    kill "$1"; wait "$1" 2>/dev/null || true
    if [ -t 1 ]; then printf '\r\033[K'; fi
}

# Runs functions of this script side by side, and ends when all have ended; fails when one has failed.
together() {
    local step steps=() watch failed=
    # Without the trap they would ignore Ctrl-C, as background processes of a script do.
    for step in "$@"; do (trap - INT; side_by_side=1; "$step") & steps+=($!); done
    progress echo "${*//need_/}" & watch=$!
    for step in "${steps[@]}"; do wait "$step" || failed=1; done
    end_progress $watch
    [ -z "$failed" ] || exit 1
}

# A stamp is the hash of what a step was made from; a step whose stamp is unchanged is skipped.
# fresh STEP HASH [FILE]: whether the stamp is that, and what the step made is there.
fresh() { [ -f "$build/$1.stamp" ] && [ "$(cat "$build/$1.stamp")" = "$2" ] && [ -e "${3-$build}" ]; }
stamp() { printf '%s' "$2" >"$build/$1.stamp"; }
digest() { sha256sum | cut -d' ' -f1; }

need_swift() {
    command -v swift >/dev/null || die "swift is not on the PATH. Install the Swift 6.2 toolchain or newer from swift.org, then run this again."
    mkdir -p "$build" "$TOCSIN_LINK_MAPS"
}

# Fetches the packages of Package.swift.
need_dependencies() { [ -f "$build/workspace-state.json" ] || logged resolve swift package resolve; }

# --- System packages ---------------------------------------------------------------------------------------------

missing_packages() {
    local package
    for package in "$@"; do
        case $package in
            python3) command -v python3 >/dev/null && continue ;;
            python3-venv) python3 -c 'import venv, ensurepip' 2>/dev/null && continue ;;
            make | patch) command -v "$package" >/dev/null && continue ;;
        esac
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
    done
}

# need_packages PACKAGE…
need_packages() {
    command -v dpkg-query >/dev/null || { need_files; return; }
    local missing; missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || die "these packages are missing. Install them, then run this again:
    sudo apt-get install --no-install-recommends $missing"
    say "Installing $missing"
    logged apt-update apt-get update
    # shellcheck disable=SC2086  # a list of words
    logged apt-install env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}

# Not a Debian family system: the same things under that system's own names.
need_files() {
    local item library
    for item in ares.h:cares nghttp2/nghttp2.h:nghttp2 expat.h:expat zlib.h:z openssl/ssl.h:ssl openssl/ssl.h:crypto yaml.h:yaml pcre2.h:pcre2-8 sqlite3.h:sqlite3; do
        library=lib${item#*:}.a
        if ! printf '#include <stddef.h>\n#define PCRE2_CODE_UNIT_WIDTH 8\n#include <%s>\n' "${item%:*}" |
            clang -fsyntax-only -x c - 2>/dev/null || [ ! -f "$(clang -print-file-name="$library")" ]
        then die "the C header ${item%:*} or the archive $library is missing. Install the development files, with static libraries, of c-ares, nghttp2, expat, zlib, OpenSSL 3, LibYAML, PCRE2 and SQLite, and make and python3."; fi
    done
}

# --- OpenSSL and libcurl: static and minimal -----------------------------------------------------------------------
# OpenSSL: a client of TLS 1.2 and 1.3, X.509, and the ciphers, digests and keys of these. libcurl: HTTP and HTTPS only,
# with OpenSSL, zlib and nghttp2 for HTTP/2: 0.9 MB instead of thirty shared libraries, which cost a function 3 ms at every cold start.
# Names are found by Transport, with c-ares. Debian's own libcurl.a cannot be linked statically (it wants GSS-API).

openssl_options=(
    no-shared no-module no-legacy no-engine no-dso no-async no-afalgeng no-sock no-ui-console no-tests no-ssl-trace no-egd
    no-filenames no-comp no-ts no-cms no-cmp no-ct no-ocsp no-rfc3779 no-srp no-psk no-srtp no-dtls no-nextprotoneg
    no-ssl3 no-tls1 no-tls1_1 no-gost no-idea no-seed no-camellia no-aria no-bf no-cast no-rc2 no-rc4 no-rc5
    no-md4 no-mdc2 no-rmd160 no-whirlpool no-sm2 no-sm3 no-sm4 no-blake2 no-scrypt no-siv no-ec2m no-dsa
    # As in Debian: keys of at least 2048 bits, and no seed from the processor.
    -DOPENSSL_TLS_SECURITY_LEVEL=2 no-rdrand
)
curl_options=(
    --disable-shared --enable-static --enable-ipv6 --disable-threaded-resolver --with-zlib --without-brotli
    --without-zstd --with-nghttp2 --without-libidn2 --without-libpsl --without-librtmp --without-libssh2
    --without-gssapi --without-ca-bundle --without-ca-path --disable-ldap --disable-ldaps --disable-rtsp
    --disable-dict --disable-telnet --disable-tftp --disable-pop3 --disable-imap --disable-smb --disable-smtp
    --disable-gopher --disable-mqtt --disable-ftp --disable-file --disable-manual --disable-unix-sockets
    --disable-ntlm --disable-tls-srp --disable-alt-svc --disable-hsts --disable-netrc --disable-doh
    --disable-libcurl-option --disable-mime --disable-dateparse --disable-cookies --disable-progress-meter
    --disable-get-easy-options --disable-aws --disable-crypto-auth
)
# Small, and hardened as Debian hardens its own.
c_flags="-Os -fPIC -ffunction-sections -fdata-sections -DNDEBUG -fstack-protector-strong -D_FORTIFY_SOURCE=2"
# Where there is no apt: curl's release, checked against this SHA-256, and the system's own OpenSSL.
curl_version=8.21.0
curl_sha256=d9b327997999045a24cda50f3983e69e51c516bd8be6ef9842fc7f99135e33bb

need_static() { need_openssl; need_libcurl; need_swift_runtime; }

need_openssl() {
    command -v apt-get >/dev/null || return 0
    local recipe; recipe=$(printf '%s\n' "${openssl_options[@]}" "$c_flags" "$root" | digest)
    if is_newest openssl "$recipe" "$static/lib/libcrypto.a" libssl-dev; then return; fi
    local source=$build/openssl
    if stays openssl "$recipe" "$static/lib/libcrypto.a" source_from_apt openssl "$source"; then return; fi
    say "Compiling a minimal static OpenSSL (two to four minutes, once)"
    cd "$source"/openssl-*/
    # shellcheck disable=SC2086  # a list of words
    logged openssl-configure env CC=clang ./Configure "linux-$(uname -m)" "${openssl_options[@]}" $c_flags \
        --prefix=/usr --libdir=lib --openssldir=/usr/lib/ssl
    # Neither today's date nor this folder's name is in it, so that it comes out the same everywhere.
    logged openssl-make env SOURCE_DATE_EPOCH=0 make -j"$(nproc)" build_libs
    logged openssl-install make install_dev DESTDIR="$source"
    sed -i "s#^prefix=.*#prefix=$static#" "$source"/usr/lib/pkgconfig/*.pc
    cp -R "$source"/usr/. "$static"
    cp "$source/version" "$static/openssl.version"
    cd "$root"
    rm -rf "$source"
    stamp openssl "$recipe $(<"$static/openssl.version")"
}

need_libcurl() {
    local recipe
    recipe=$(printf '%s\n' "${curl_options[@]}" "$c_flags" "$curl_version" "$root" \
        "$(cat "$static/openssl.version" 2>/dev/null)" | digest)
    if is_newest curl "$recipe" "$static/lib/libcurl.a" libcurl4-openssl-dev; then return; fi
    local source=$build/curl openssl= fetch=curl_from_release
    if command -v apt-get >/dev/null; then fetch="source_from_apt curl"; fi
    # shellcheck disable=SC2086  # a list of words
    if stays curl "$recipe" "$static/lib/libcurl.a" $fetch "$source"; then return; fi
    say "Compiling a minimal static libcurl (about a minute, once)"
    if [ -f "$static/lib/libcrypto.a" ]; then openssl="=$static"; fi
    cd "$source"/curl-*/
    logged curl-configure env CC=clang CFLAGS="$c_flags" ./configure --prefix="$static" "--with-openssl$openssl" \
        "${curl_options[@]}"
    logged curl-make make -j"$(nproc)" -C lib
    logged curl-install make -C lib install
    logged curl-install make -C include install
    logged curl-install make install-pkgconfigDATA
    cd "$root"
    # SwiftPM reads Libs only, never Libs.private, and takes no -D.
    sed -i -e 's/^Libs: .*/Libs: -L${libdir} -lcurl -lnghttp2 -lcares -lssl -lcrypto -lz/' -e 's/ -DCURL_STATICLIB//' "$static/lib/pkgconfig/libcurl.pc"
    cp "$source/version" "$static/curl.version"
    rm -rf "$source"
    stamp curl "$recipe $(<"$static/curl.version")"
}

# The version of a package that this machine's package lists offer, without the mark of a mere rebuild.
offered() { if command -v apt-cache >/dev/null; then apt-cache policy "$1" | sed -n 's/^ *Candidate: //p' | sed 's/+b[0-9]*$//'; fi; }

# is_newest NAME RECIPE ARCHIVE PACKAGE: whether ARCHIVE was compiled by RECIPE, from the version that PACKAGE has in the
# package lists; where these do not have it, from any.
is_newest() {
    local version; version=$(offered "$4")
    fresh "$1" "$2 ${version:-$(cat "$static/$1.version" 2>/dev/null)}" "$3"
}

# stays NAME RECIPE ARCHIVE COMMAND… FOLDER: fetches the source into FOLDER by the command, its version in the file
# `version`. Whether ARCHIVE was compiled from that already, by RECIPE; or from another one, and nothing can be fetched.
stays() {
    local folder=${!#} compiled; compiled=$(cat "$static/$1.version" 2>/dev/null)
    if ("${@:4}"); then
        fresh "$1" "$2 $(<"$folder/version")" "$3" || return 1
    else
        fresh "$1" "$2 $compiled" "$3" || exit 1
        say "$1 $compiled, which is compiled already, is used"
    fi
    rm -rf "$folder"
}

# The options under which apt-get knows the source packages of this machine's distribution: a configuration of our own,
# made from the machine's, so that the user's stays as it is.
need_apt_sources() {
    local apt=$build/apt file
    apt_options=(
        -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$apt/sources" -o "Dir::State::Lists=$apt/lists"
        -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache=" -o "APT::Sandbox::User=root"
    )
    # Just fetched, for the other library.
    if [ -n "$(find "$apt/fetched" -mmin -10 2>/dev/null)" ]; then return; fi
    rm -rf "$apt"; mkdir -p "$apt/sources" "$apt/lists/partial"
    for file in /etc/apt/sources.list.d/{debian,ubuntu}.sources; do
        if [ -f "$file" ]; then sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/sources/${file##*/}"; fi
    done
    if [ -f /etc/apt/sources.list ]; then
        sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$apt/sources/distribution.list"
    fi
    logged apt-source apt-get "${apt_options[@]}" update
    touch "$apt/fetched"
}

# source_from_apt PACKAGE FOLDER: the distribution's source package, its security fixes applied. apt checks its signature.
source_from_apt() {
    local version log=$build/$1-source.log
    need_apt_sources
    rm -rf "$2"; mkdir -p "$2" "$static"; : >"$log"
    cd "$2"
    # The newest; a mirror that is just being updated may have listed it without having it.
    for version in $(apt-cache "${apt_options[@]}" showsrc "$1" | sed -n 's/^Version: //p' | sort --version-sort --reverse --unique); do
        if apt-get "${apt_options[@]}" source "$1=$version" >>"$log" 2>&1; then
            echo "$version" >version
            cd "$root"
            return
        fi
        say "$1 $version could not be fetched, an older one is taken (why: $log)"
    done
    die "no source of $1 could be fetched; the whole log is in $log"
}

# CURL_TARBALL=path takes a tarball that is already here.
curl_from_release() {
    local tarball=${CURL_TARBALL:-$build/curl-$curl_version.tar.gz}
    if [ ! -f "$tarball" ]; then
        # Renamed when it is whole.
        curl -fsSL -o "$tarball.part" "https://curl.se/download/curl-$curl_version.tar.gz" && mv "$tarball.part" "$tarball" ||
            die "could not download curl $curl_version. Fetch curl-$curl_version.tar.gz yourself and set CURL_TARBALL to its path."
    fi
    echo "$curl_sha256  $tarball" | sha256sum -c --quiet - ||
        die "$tarball is not the release it should be (SHA-256 differs). Remove it, then run this again."
    rm -rf "$1"; mkdir -p "$1" "$static"
    tar -xzf "$tarball" -C "$1"
    echo "$curl_version" >"$1/version"
}

# The Swift runtime's libraries, so that the linker may leave out of them what a program does not use: a tenth of a binary.
swift_libraries=(swiftCore swift_Concurrency swiftSynchronization swiftGlibc swift_StringProcessing swift_RegexParser)

need_swift_runtime() {
    local toolchain archives recipe
    toolchain=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')_static/linux
    archives=("${swift_libraries[@]/#/$toolchain/lib}"); archives=("${archives[@]/%/.a}")
    recipe=$(cat "${archives[@]}" Tools/collectable_runtime.py | digest)
    if fresh swift-runtime "$recipe" "$static/swift/libswiftCore.a"; then return; fi
    logged swift-runtime python3 Tools/collectable_runtime.py "${archives[@]}" --into "$static/swift"
    stamp swift-runtime "$recipe"
}

# Prints name and version of each static library; without dpkg only of those that are compiled here.
static_libraries() {
    local name
    for name in "$static"/*.version; do echo "$(basename "$name" .version) $(<"$name")"; done
    if command -v dpkg-query >/dev/null; then
        dpkg-query -W -f '${source:Package} ${Version}\n' "${system_libraries[@]}"
    fi
}

# Prints which of them are older than what the package lists have.
outdated_libraries() {
    local package name version newest
    command -v apt-cache >/dev/null || return 0
    for package in "${system_libraries[@]}" openssl:libssl-dev curl:libcurl4-openssl-dev; do
        name=${package%:*} newest=$(offered "${package#*:}")
        if [ -f "$static/$name.version" ]; then version=$(<"$static/$name.version")
        else version=$(dpkg-query -W -f '${Version}' "$name" 2>/dev/null | sed 's/+b[0-9]*$//'); fi
        if [ -n "$version" ] && [ "$version" != "$newest" ]; then printf '%s %s (%s is offered) ' "$name" "$version" "$newest"; fi
    done
}

# Package.swift links what is compiled here before what system and toolchain have under the same names. Deletes the
# programs that are built when a library or the linker script has changed: SwiftPM does not look at those.
need_linking() {
    export TOCSIN_ARCHIVES; TOCSIN_ARCHIVES=$(echo "$static"/swift/*.a "$static"/lib/*.a)
    local name path linked; linked=$( (
        static_libraries
        for name in crypto ssl curl nghttp2 cares z expat yaml pcre2-8 sqlite3 c gcc gcc_eh stdc++; do
            path=$static/lib/lib$name.a
            [ -f "$path" ] || path=$(clang -print-file-name="lib$name.a")
            sha256sum <"$path"
        done
        cat "$build/swift-runtime.stamp" Tools/{functions.ld,start-order.txt}) | digest)
    if fresh linked "$linked"; then return; fi
    find "$build"*/*/{debug,release} -maxdepth 1 -type f -perm -u+x ! -name '*.so' -delete 2>/dev/null || true
    stamp linked "$linked"
}

# --- Python helpers: moto, botocore, the Runtime Interface Emulator ------------------------------------------------

need_python() {
    local wanted; wanted=$( (cat Tools/requirements.txt Tools/no-deps.txt; echo "$root") | digest)
    if fresh venv "$wanted" "$python"; then return; fi
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "python3 is older than 3.11. Put a newer one on the PATH, then run this again."
    say "Installing the Python helpers of packing and tests into .build/venv"
    rm -rf "$build/venv"
    logged venv python3 -m venv "$build/venv"
    logged venv "$python" -m pip install --quiet --require-hashes -r Tools/requirements.txt
    logged venv "$python" -m pip install --quiet --require-hashes --no-deps -r Tools/no-deps.txt
    stamp venv "$wanted"
}

# --- What the tests of terraform/ need: wheels that are only read, and checkov, which wants a boto3 of its own -------

need_deployment() {
    local wanted name failed=; wanted=$( (cat Tests/Deployment/{wheels,checkov}.txt; echo "$root") | digest)
    if fresh deployment "$wanted" "$build/deployment"; then return; fi
    say "Fetching what the tests of terraform/ need (100 MB, once)"
    rm -rf "$build/deployment" "$build/checkov"; mkdir -p "$build/deployment"; : >"$build/deployment.log"
    while read -r name; do
        echo "$name" >"$build/requirements.txt"
        "$python" -m pip download --quiet --require-hashes --no-deps --dest "$build/deployment" -r "$build/requirements.txt" \
            >>"$build/deployment.log" 2>&1 || { failed=1; say "${name%% *} could not be downloaded, the tests that need it are skipped"; }
    done < <(grep -v '^#' Tests/Deployment/wheels.txt)
    python3 -m venv "$build/checkov" && "$build/checkov/bin/python" -m pip install --quiet --require-hashes \
        -r Tests/Deployment/checkov.txt >>"$build/deployment.log" 2>&1 ||
        { failed=1; rm -rf "$build/checkov"; say "checkov could not be installed, its test is skipped"; }
    # What failed is tried again the next time.
    [ -n "$failed" ] || stamp deployment "$wanted"
}

# --- A second local AWS, which evaluates alarms: with a botocore of its own, and without it its test is skipped -------

need_ministack() {
    local wanted; wanted=$( (cat Tools/ministack.txt; echo "$root") | digest)
    if fresh ministack "$wanted" "$build/ministack"; then return; fi
    say "Installing ministack into .build/ministack (60 MB, once)"
    rm -rf "$build/ministack"
    if python3 -m venv --without-pip "$build/ministack" && "$python" -m pip --python "$build/ministack/bin/python" \
        install --quiet --no-input --require-hashes -r Tools/ministack.txt >"$build/ministack.log" 2>&1
    then stamp ministack "$wanted"
    else rm -rf "$build/ministack"; say "ministack is not to be had, its test is skipped"; fi
}

# --- What the tests of the Kubernetes client compare it with -------------------------------------------------------

# Debian has it as a package, Ubuntu and others do not; where there is none, the tests that need it are skipped.
need_kubectl() {
    if command -v kubectl >/dev/null; then return; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-cache show kubernetes-client >/dev/null 2>&1; then
        say "Installing kubernetes-client"
        logged apt-install env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends kubernetes-client
    else
        say "There is no kubectl, its tests are skipped (on Debian: apt-get install kubernetes-client)"
    fi
}

# --- What replays outages against the PromQL of the burn-rate alarms ------------------------------------------------

# Only promtool is kept of Debian's package, and nothing is installed; where there is none, its tests are skipped.
need_promtool() {
    local folder=$build/prometheus
    if [ -x "$folder/promtool" ] || command -v promtool >/dev/null; then return; fi
    rm -rf "$folder"; mkdir -p "$folder"
    say "Fetching promtool from the package prometheus (19 MB, once)"
    if (cd "$folder" && apt-get download prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb |
        tar -xO ./usr/bin/promtool >promtool && chmod +x promtool) >"$build/promtool.log" 2>&1
    then rm -f "$folder"/*.deb
    else rm -rf "$folder"; say "There is no promtool, its tests are skipped (on Debian: apt-get install prometheus)"; fi
}

# --- What the checks by modules of blackbox_exporter are compared with -----------------------------------------------

# Debian's package with its example files, which is not installed; where there is none, the comparison is skipped.
need_blackbox() {
    local folder=$build/blackbox name=prometheus-blackbox-exporter
    if [ -x "$folder/usr/bin/$name" ]; then return; fi
    rm -rf "$folder"; mkdir -p "$folder"
    say "Fetching $name (4 MB, once)"
    if (cd "$folder" && apt-get download $name && dpkg-deb --extract $name*.deb .) >"$build/blackbox.log" 2>&1
    then rm -f "$folder"/*.deb
    else rm -rf "$folder"; say "There is no $name, the comparison with it is skipped (on Debian: apt-get install $name)"; fi
}

# --- What the notifier's groups, silences and inhibitions are compared with ------------------------------------------

# Nothing is installed, as with promtool. Debian's Alertmanager wants its templates in /usr/share: here it looks for them in
# the folder where it is started, by a path of the same length.
need_alertmanager() {
    local folder=$build/alertmanager
    if [ -x "$folder/prometheus-alertmanager" ]; then return; fi
    rm -rf "$folder"; mkdir -p "$folder/templates"
    say "Fetching Alertmanager from the package prometheus-alertmanager (11 MB, once)"
    if (cd "$folder" && apt-get download prometheus-alertmanager && dpkg-deb --extract prometheus-alertmanager_*.deb package &&
        LC_ALL=C sed 's#/usr/share/prometheus/alertmanager#././././././././././././templates/#g' \
            package/usr/bin/prometheus-alertmanager >program && chmod +x program &&
        cp package/usr/share/prometheus/alertmanager/*.tmpl templates && mv program prometheus-alertmanager) >"$build/alertmanager.log" 2>&1
    then rm -rf "$folder"/*.deb "$folder/package"
    else rm -rf "$folder"; say "There is no Alertmanager, its tests are skipped (they need Debian's package prometheus-alertmanager)"; fi
}

# --- What the tests of the SSM documents need ------------------------------------------------------------------------

# The linter shellcheck, and a kernel with netem for where the machine's own has none: User-Mode Linux, a process, not installed.
need_faults() {
    local folder=$build/uml package
    for package in shellcheck iproute2; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-cache show "$package" >/dev/null 2>&1; then
            say "Installing $package"
            logged apt-install env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package"
        else say "There is no $package, its tests are skipped (on Debian: apt-get install $package)"; fi
    done
    if [ -x "$folder/usr/bin/linux.uml" ]; then return; fi
    rm -rf "$folder"; mkdir -p "$folder"
    say "Fetching a kernel from the package user-mode-linux (41 MB, once)"
    if (cd "$folder" && apt-get download user-mode-linux && dpkg-deb --extract user-mode-linux_*.deb .) >"$build/uml.log" 2>&1
    then rm -f "$folder"/*.deb
    else rm -rf "$folder"; say "There is no User-Mode Linux, its tests are skipped"; fi
}

# --- What the tests of pages and feeds need: Debian's Chromium, which playwright drives, and readers of feeds ---------

# Without the browser, or without Java for the HTML checker, their tests are skipped; playwright fetches no browser here.
need_browser() {
    local python=$build/browser/bin/python wanted
    if ! command -v chromium >/dev/null; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-cache show chromium >/dev/null 2>&1; then
            say "Installing chromium"
            logged apt-install env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
        else say "There is no Chromium, its tests are skipped (on Debian: apt-get install chromium)"; fi
    fi
    wanted=$( (cat Tests/Browser/*.txt; command -v java; echo "$root") | digest)
    if fresh browser "$wanted" "$python"; then return; fi
    say "Installing playwright and readers of feeds into .build/browser (110 MB, once)"
    rm -rf "$build/browser"
    if (python3 -m venv "$build/browser" &&
        "$python" -m pip install --quiet --require-hashes -r Tests/Browser/requirements.txt) >"$build/browser.log" 2>&1
    then stamp browser "$wanted"
    else rm -rf "$build/browser"; say "playwright is not to be had, its tests are skipped"; return; fi
    if command -v java >/dev/null && ! "$python" -m pip install --quiet --require-hashes --no-deps --no-build-isolation \
        -r Tests/Browser/validator.txt >>"$build/browser.log" 2>&1
    then say "The HTML checker is not to be had, its tests are skipped"; rm -f "$build/browser.stamp"; fi
}

# --- Commands ------------------------------------------------------------------------------------------------------

release_flags=(
    -c release --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -use-ld=lld
    -Xlinker --gc-sections -Xlinker --icf=all -Xlinker -s
    # A section for each function and public names and type records that nobody uses left out: without the three the
    # linker keeps every model of AWSModels in every function.
    -Xswiftc -Xfrontend -Xswiftc -function-sections -Xswiftc -Xfrontend -Xswiftc -internalize-at-link
    -Xswiftc -Xfrontend -Xswiftc -conditional-runtime-records
    # The same bytes in every folder: no path in `assert` of C, and no hash of the intermediate code, which has paths.
    -Xswiftc -file-prefix-map -Xswiftc "$root=." -Xcc "-ffile-prefix-map=$root=."
    -Xswiftc -Xfrontend -Xswiftc -disable-incremental-llvm-codegen
    # And from build to build: Swift 6.3 unrolls a loop with its values in the order of their addresses in the compiler.
    -Xswiftc -Xfrontend -Xswiftc -sil-unroll-threshold -Xswiftc -Xfrontend -Xswiftc 0
)

# One at a time: two runs of this script may go on side by side.
need_all() {
    need_swift
    exec 9>"$build/needs.lock"
    if command -v flock >/dev/null; then flock 9; fi
    need_packages "${packages[@]}"
    together need_static need_python need_dependencies
    need_linking
    exec 9>&-
}

# The programs' names in Package.swift, with commas.
programs() {
    local name names=()
    for name in "${functions[@]}" "${tools[@]}"; do
        case $name in fc/*) name=${name#fc/}-fc ;; esac
        names+=("${name#lambda/}")
    done
    (IFS=,; echo "${names[*]}")
}

command_build() {
    need_all
    say "Building ${functions[*]} ${tools[*]}"
    local libraries; libraries=$(static_libraries)
    say "Linking statically ${libraries//$'\n'/, }"
    libraries=$(outdated_libraries)
    [ -z "$libraries" ] || say "Linked in an older version: ${libraries}– apt-get upgrade brings the newer ones, where they can be fetched"
    # All in one go: one plan, and no idle core while the last module of one program is compiled.
    TOCSIN_ONLY=$(programs) logged swift-build swift build "${release_flags[@]}"
    local openssl=(); [ -f "$static/lib/libcrypto.a" ] || openssl=(--system-openssl)
    "$python" Tools/package.py --binaries "$build/release" --maps "$TOCSIN_LINK_MAPS" --dist dist "${openssl[@]}" \
        --functions "${functions[@]}" --tools "${tools[@]}"
}

command_test() {
    need_all
    # With options: `swift test` alone, with these options.
    if [ $# -gt 0 ]; then
        together need_ministack need_test_packages
        "$python" Tools/watched_tests.py 600 swift test --no-parallel "$@"
    else
        say "Building the tests"
        together build_tests need_deployment need_ministack need_test_packages
        say "Testing"
        "$python" Tools/test_jobs.py
    fi
}

build_tests() { logged test-build swift build --build-tests; }
# One after the other: apt-get waits for nobody.
need_test_packages() { need_kubectl; need_promtool; need_blackbox; need_alertmanager; need_faults; need_browser; }

command_sanitize() {
    need_all
    say "Tests of the event loop and HTTP client under the thread and address sanitizers"
    together sanitize_threads sanitize_addresses
}

sanitize_threads() { sanitized thread; }
# Leaks are not looked for: the test library and Foundation have some of their own.
sanitize_addresses() { ASAN_OPTIONS=detect_leaks=0 sanitized address; }
sanitized() {
    TOCSIN_ONLY=TransportTests logged "sanitize-$1" "$python" Tools/watched_tests.py 600 \
        swift test --no-parallel --sanitize="$1" --scratch-path "$build-$1"
}

command_up() {
    command_build
    exec dist/bin/tocsin up "$@"
}

# Binaries with their symbols, which the next build strips again.
command_order() {
    command -v valgrind >/dev/null || die "valgrind is missing. Install it, then run this again."
    need_all
    local name binaries=()
    for name in "${functions[@]}"; do
        case $name in lambda/*) binaries+=("$build/release/${name#lambda/}") ;; esac
    done
    # -S leaves the symbols in, of which -s strips the programs.
    TOCSIN_ONLY=$(programs) logged swift-build swift build "${release_flags[@]/%-s/-S}"
    "$python" Tools/start_order.py "${binaries[@]}"
}

# Each Benchmarks/<name>/run.py prints a table.
command_bench() {
    command_build
    local name names=("${@:1:1}")
    logged swift-build swift build "${release_flags[@]}"
    if [ $# = 0 ]; then mapfile -t names < <(cd Benchmarks && dirname -- */run.py); fi
    for name in "${names[@]}"; do
        say "Benchmark $name"
        "$python" "Benchmarks/$name/run.py" --binaries "$build/release" "${@:2}"
    done
}

command_docs() { need_swift; need_packages "${packages[@]}"; need_static; logged documentation Tools/documentation.sh; say "dist/docs/index.html"; }

# A function of another package; docs/swift-functions.md tells of it.
command_function() {
    local bootstrap
    need_swift; need_packages make patch dpkg-dev libc6-dev zlib1g-dev libc-ares-dev libnghttp2-dev libexpat1-dev python3; need_static
    if [ $# = 0 ]; then echo "export PKG_CONFIG_PATH=$PKG_CONFIG_PATH"; return; fi
    cd "$caller"
    [ -f Package.swift ] || die "there is no Package.swift in $caller. Run this in the folder of the package that has the product $1."
    say "Building $1"
    logged function swift build "${release_flags[@]}" -Xswiftc -file-prefix-map -Xswiftc "$caller=." --product "$@"
    bootstrap=$build/function; rm -rf "$bootstrap"; mkdir -p "$bootstrap"
    cp ".build/release/$1" "$bootstrap/bootstrap"
    # The same program gives the same zip.
    (cd "$bootstrap" && export TZ=UTC && touch -d '1980-01-01 00:00' bootstrap && python3 -m zipfile -c "$caller/$1.zip" bootstrap)
    ls -l "$caller/$1.zip"
}

command_lint() {
    need_swift
    local mode=(lint --strict) files
    [ "${1:-}" != --fix ] || mode=(format --in-place)
    # Generated files are as their generators write them.
    mapfile -t files < <(git grep -LE '^// Generated by ' -- '*.swift')
    swift format "${mode[@]}" --parallel "${files[@]}"
    # swift format leaves comments as they are. An address cannot be wrapped.
    if LC_ALL=C.UTF-8 grep -nE '^ *//' "${files[@]}" | grep -v 'https://' | LC_ALL=C.UTF-8 grep -E '^[^:]+:[0-9]+:.{121}'; then
        die "the comments above go past column 120."
    fi
}

case ${1:-build} in
    build) command_build ;;
    setup) need_all ;;
    test | sanitize | up | order | bench | lint | docs | function) command=$1; shift; "command_$command" "$@" ;;
    clean) rm -rf dist .build .build-thread .build-address ;;
    help | --help | -h) usage ;;
    *) usage >&2; die "there is no command '$1'" ;;
esac
