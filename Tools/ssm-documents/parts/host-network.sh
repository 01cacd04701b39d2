# on_host FUNCTION…: a network fault of this host.
on_host() {
    need_network_tools
    prepare_exemptions
    begin
    claim_network
    "$@"
    hold
}
