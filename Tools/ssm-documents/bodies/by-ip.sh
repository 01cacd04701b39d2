# A rule stops what leaves, so an address is always blocked both ways, whatever `direction` says.
fault() {
    begin_holes
    for word in $(words "$protocol"); do
        case $word in
            all) block_addresses "$sourceIP $destinationIP" ;;
            *) block_addresses "$sourceIP $destinationIP" "ipproto $word" ;;
        esac
    done
    say "direction $direction: an address that gets no answer is blocked both ways"
    dig_holes
}
