find_kubectl() {
    command -v kubectl >/dev/null || die "kubectl is missing on this host"
    if [ -z "${KUBECONFIG:-}" ] && [ ! -e "${HOME:-/root}/.kube/config" ] && [ -e /var/lib/kubelet/kubeconfig ]; then
        KUBECONFIG=/var/lib/kubelet/kubeconfig
        export KUBECONFIG
    fi
}

pods_named() {
    local found
    found=$(kubectl -n "$1" get pods --no-headers -o custom-columns=:metadata.name) || die "kubectl cannot list the pods of $1"
    found=$(say "$found" | grep -E -- "$2") || die "no pod of $1 has a name like $2"
    say "$found"
}
