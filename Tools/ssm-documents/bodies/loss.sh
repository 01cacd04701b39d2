fault() {
    need_module sch_netem
    slow "$portNumber" "$portType" netem loss "$loss%" limit 100000
}
