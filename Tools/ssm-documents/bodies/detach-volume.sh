# Unmounts, and mounts again after the duration; detaching is EC2's, which ebs.detach_volume calls after it.
find_device() {
    local path found
    for path in "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_$(say "$volumeId" | tr -d -)" "$device" "/dev/${device#/dev/}" "/dev/$(say "${device#/dev/}" | sed 's/^sd/xvd/')"; do
        case $path in /dev/ | */nvme-Amazon_Elastic_Block_Store_ | '') continue ;; esac
        [ -b "$path" ] || continue
        found=$(readlink -f "$path")
        break
    done
    [ -n "${found:-}" ] || die "there is no device $device $volumeId"
    disk=$found
}
find_device
mounts=$(awk -v disk="$disk" '$1 == disk || (index($1, disk) == 1 && substr($1, length(disk) + 1) ~ /^p?[0-9]+$/)' /proc/mounts)
[ -n "$mounts" ] || die "$disk is not mounted"
say "$mounts" | awk '$2 ~ /^\/(|boot|usr|var|etc|boot\/efi)$/ { exit 1 }' || die "$disk has the system on it: it is not unmounted"
! say "$mounts" | grep -q "[\\\\']" || die "a mount of $disk has characters in its path that cannot be put back safely"
keep=no
if [ "$duration" = 0 ]; then keep=yes; fi
begin
# The newest mount goes first, and comes back last.
say "$mounts" >"$run/mounts"
while read -r source target type options rest <&4; do
    remember "mountpoint -q '$target' || mount -t $type -o '$options' '$source' '$target'"
done 4<"$run/mounts"
tac "$run/mounts" | while read -r source target rest; do
    umount -l "$target" || exit 1
    say "unmounted $target ($source)"
done
if [ "$keep" = yes ]; then say "stays unmounted until RevertFaults"; else hold; fi
