fault() {
    check_ports "$sourcePorts $destinationPorts"
    begin_holes
    block_ports "$protocol" "$sourcePorts" "$destinationPorts" "$direction"
    dig_holes
}
