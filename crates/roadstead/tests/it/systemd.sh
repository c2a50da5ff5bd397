#!/bin/sh
# Starts systemd as the first process of namespaces of its own, with one unit: systemd.sh NAME UNIT PROGRAM
# Nothing of the computer is changed: its file systems are read-only there, what systemd writes is in memory, and of the
# computer's own units it sees those targets alone that others stand on.
set -eu
name=$1 unit=$2 program=$3

if [ "${4:-}" != inside ]; then
    top=/sys/fs/cgroup/systemd
    [ ! -e /sys/fs/cgroup/cgroup.controllers ] || top=/sys/fs/cgroup
    mkdir "$top/$name"
    echo $$ >"$top/$name/cgroup.procs"
    exec unshare --mount --pid --fork --kill-child --uts --ipc --cgroup --net "$0" "$@" inside
fi

mount --make-rprivate /
mount -t proc proc /proc
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
version=1
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || version=2

stage=$(mktemp -d)
mount -t tmpfs tmpfs "$stage"
mkdir "$stage/units" "$stage/etc" "$stage/etc/multi-user.target.wants" "$stage/bin" "$stage/empty"
for target in basic sysinit shutdown network sockets timers paths slices umount final local-fs swap multi-user emergency; do
    cp "/lib/systemd/system/$target.target" "$stage/units/"
done
cp "$unit" "$stage/etc/roadstead.service"
ln -s ../roadstead.service "$stage/etc/multi-user.target.wants/"
cp "$program" "$stage/bin/roadstead"
for file in passwd group; do cp "/etc/$file" "$stage/$file"; done
echo 'roadstead:x:61234:61234::/var/lib/roadstead:/usr/sbin/nologin' >>"$stage/passwd"
echo 'roadstead:x:61234:' >>"$stage/group"
for file in passwd group; do mount --bind "$stage/$file" "/etc/$file"; done
mount --bind "$stage/units" /lib/systemd/system
mount --bind "$stage/etc" /etc/systemd/system
mount --bind "$stage/bin" /usr/local/bin
for directory in /lib/systemd/system-generators /etc/init.d; do
    [ ! -d "$directory" ] || mount --bind "$stage/empty" "$directory"
done
mount -o remount,bind,ro /
for directory in /run /var /tmp /root /home; do mount -t tmpfs -o mode=755 tmpfs "$directory"; done
chmod 1777 /tmp
mkdir /var/lib /run/lock

umount -l /sys/fs/cgroup
if [ "$version" = 2 ]; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
else
    mount -t tmpfs tmpfs /sys/fs/cgroup
    mkdir /sys/fs/cgroup/systemd
    mount -t cgroup -o none,name=systemd,xattr cgroup /sys/fs/cgroup/systemd
fi
exec env -i container=other PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=multi-user.target --log-target=null --show-status=no
