#!/bin/sh
# setup PART ARGUMENT...: makes one part of a machine, as root, at its first boot. Whatever varies is an argument.
set -eu
trap 'status=$?; [ "$status" = 0 ] || echo "roadstead: this part of the machine was not made: $part" >&2' EXIT
part=${1-}

has() { command -v "$1" >/dev/null 2>&1; }

# What it is called by Debian and Ubuntu, and by Red Hat's family.
install() {
    if has apt-get; then
        DEBIAN_FRONTEND=noninteractive apt-get -qy -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold install "$1"
    elif has dnf; then
        dnf -qy install "$2"
    else
        yum -qy install "$2"
    fi
}

# fetch ADDRESS FILE [AUTHORITY]
fetch() {
    if has curl; then
        curl -fsSL --retry 5 ${3:+--cacert "$3"} -o "$2" "$1"
    else
        wget -q --tries=5 ${3:+--ca-certificate="$3"} -O "$2" "$1"
    fi
}

# mount_at WHAT WHERE FILESYSTEM OPTIONS CHECK
mount_at() {
    mkdir -p "$2"
    line="$1 $2 $3 $4 0 $5"
    grep -qxF "$line" /etc/fstab || printf '%s\n' "$line" >>/etc/fstab
    mountpoint -q "$2" || mount "$2"
}

# nfs HOST:/PATH WHERE [OPTIONS]. Not one of cloud-init's own mounts: those come before the packages, and this needs one.
nfs() {
    install nfs-common nfs-utils
    mount_at "$1" "$2" nfs "${3:-defaults},_netdev,nofail" 0
}

# volume DEVICE|LABEL=NAME WHERE FILESYSTEM. Not cloud-init's fs_setup, which formats a disk whose label is another one.
volume() {
    tries=0
    until device=$(blkid -L "${1#LABEL=}") || { device=$1 && [ -b "$1" ]; }; do
        tries=$((tries + 1))
        [ "$tries" -lt 60 ] || { echo "roadstead: there is no disk $1" >&2 && exit 1; }
        sleep 2
    done
    has "mkfs.$3" || install "${3}progs" "${3}progs"
    status=0
    blkid -p "$device" >/dev/null || status=$?
    # 2: nothing at all was found on it. Whatever else there is, is somebody's.
    [ "$status" != 2 ] || "mkfs.$3" "$device"
    # Devices have other names after another start.
    mount_at "UUID=$(blkid -o value -s UUID "$device")" "$2" "$3" defaults,nofail 2
}

# cvmfs REPOSITORY,... [PROXY]
cvmfs() {
    packages=https://cvmrepo.s3.cern.ch/cvmrepo
    if has apt-get; then
        fetch "$packages/apt/cvmfs-release-latest_all.deb" /var/lib/roadstead/cvmfs-release.deb
        dpkg -i /var/lib/roadstead/cvmfs-release.deb
        apt-get -qy update
    else
        install '' "$packages/yum/cvmfs-release-latest.noarch.rpm"
    fi
    install cvmfs cvmfs
    mkdir -p /etc/cvmfs
    # A shell reads this file; recipes with quotes in these are refused.
    {
        printf "CVMFS_REPOSITORIES='%s'\n" "$1"
        if [ -n "${2-}" ]; then printf "CVMFS_HTTP_PROXY='%s'\n" "$2"; else echo CVMFS_CLIENT_PROFILE=single; fi
    } >/etc/cvmfs/default.local
    cvmfs_config setup
    cvmfs_config probe
}

# engine NAME [LOGIN]
engine() {
    case $1 in
    podman) install podman podman ;;
    docker)
        install docker.io moby-engine
        # The person's own file may have called the account something else.
        if [ -n "${2-}" ] && id "$2" >/dev/null 2>&1; then usermod -aG docker "$2"; fi
        ;;
    apptainer)
        if grep -q '^ID=ubuntu' /etc/os-release && ! apt-cache show apptainer >/dev/null 2>&1; then
            install software-properties-common ''
            add-apt-repository -y ppa:apptainer/ppa
            apt-get -qy update
        elif ! has apt-get && ! grep -q '^ID=fedora' /etc/os-release; then
            install '' epel-release
        fi
        install apptainer apptainer
        ;;
    esac
}

# python WHERE PACKAGE...
python() {
    where=$1
    shift
    install python3-venv python3
    python3 -m venv "$where"
    "$where/bin/pip" install -q --no-input --disable-pip-version-check -- "$@"
    # shellcheck disable=SC2016 # for the shell that somebody signs in with
    printf 'PATH=%s/bin:$PATH\n' "$where" >/etc/profile.d/roadstead-software.sh
}

# pilot ADDRESS SHA256: what is to be started was written down before, and so was the authority that the gateway has.
pilot() {
    home=/var/lib/roadstead/pilot
    id roadstead >/dev/null 2>&1 || useradd --system --home-dir "$home" --shell /usr/sbin/nologin roadstead
    mkdir -p "$home/attempt"
    chmod 0700 "$home/attempt"
    chown roadstead "$home/attempt"
    authority=/var/lib/roadstead/authority.pem
    [ -e "$authority" ] || authority=
    fetch "$1" "$home/roadstead" "$authority"
    if ! printf '%s  %s\n' "$2" "$home/roadstead" | sha256sum -c --status; then
        rm -f "$home/roadstead"
        echo "roadstead: $1 is not the program that the gateway announced" >&2
        exit 1
    fi
    chmod 0755 "$home/roadstead"
    # Inputs come from elsewhere too: what the system believes stays believed.
    cat /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt ${authority:+"$authority"} \
        >"$home/authorities.pem" 2>/dev/null || true
    # Work is confined by it; a machine of somebody's own is a service without it too, if its gateway lets it.
    has bwrap || install bubblewrap bubblewrap || echo "roadstead: bubblewrap was not installed" >&2
    systemctl daemon-reload
    systemctl enable --now roadstead-pilot.service
}

case $part in
nfs | volume | cvmfs | engine | python | pilot) ;;
*) exit 64 ;;
esac
shift
"$part" "$@"
