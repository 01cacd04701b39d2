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
partition='[0-9]+'
case $disk in *[0-9]) partition=p$partition ;; esac
sources="^$disk($partition)?\$"
mounts=$(awk -v sources="$sources" '$1 ~ sources' /proc/mounts)
[ -n "$mounts" ] || die "$disk is not mounted"
say "$mounts" | awk '$2 ~ /^\/(|boot|usr|var|etc|boot\/efi)$/ { exit 1 }' || die "$disk has the system on it: it is not unmounted"
! say "$mounts" | grep -q "[\\\\']" || die "a mount of $disk has characters in its path that cannot be put back safely"
# `umount -l` takes along what is mounted on or below a mount point, and a bind mount of a folder of the disk would come
# back as one of the whole disk.
tangled=$(awk -v sources="$sources" '
    { for (i = 7; $i != "-"; i++); parent[$1] = $2; root[$1] = $4; target[$1] = $5; ours[$1] = $(i + 2) ~ sources }
    END { for (id in target) if (ours[id] ? root[id] != "/" : ours[parent[id]]) print target[id] }' /proc/self/mountinfo)
[ -z "$tangled" ] || die "other mounts depend on $disk (below its own, or of one of its folders) and could not be put back: $(say "$tangled" | sort | tr '\n' ' ')"
keep=no
if [ "$duration" = 0 ]; then keep=yes; fi
begin
snapshot before "awk -v sources='$sources' '\$1 ~ sources' /proc/mounts"
# The newest mount goes first, since it can be on another one, and comes back last.
tac "$run/before" | while read -r source target type options rest; do
    remember "grep -q '^$source $target ' /proc/mounts || mount -t $type -o '$options' '$source' '$target'"
    umount -l "$target" || exit 1
    say "unmounted $target ($source)"
done
if [ "$keep" = yes ]; then say "stays unmounted until RevertFaults"; else hold; fi
