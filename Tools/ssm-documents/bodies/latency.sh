fault() {
    need_module sch_netem
    if [ "$jitter" = 0 ]; then slow "$portNumber" "$portType" netem delay "${delay}ms" limit 100000
    else slow "$portNumber" "$portType" netem delay "${delay}ms" "${jitter}ms" distribution normal limit 100000; fi
}
