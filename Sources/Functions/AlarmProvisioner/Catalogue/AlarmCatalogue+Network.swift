import CloudWatchAlarms

extension AlarmCatalogue {
    /// Load balancers and what lies between networks.
    static let network = [loadBalancers, targets, gateways, endpoints].flatMap { $0 }

    private static let loadBalancers =
        table(
            .applicationLoadBalancer, "AWS/ApplicationELB", "LoadBalancer",
            [
                Row(
                    "alb-5xx",
                    .sums(
                        ["e": "HTTPCode_ELB_5XX_Count", "r": "RequestCount"],
                        "100 * FILL(e, 0) / (FILL(r, 0) + FILL(e, 0))"), .above(5), 3, .notBreaching, .critical,
                    why: "The balancer itself answers more than 5 % with errors. It does not count those as requests."),
                Row(
                    "alb-target-5xx",
                    .sums(["e": "HTTPCode_Target_5XX_Count", "r": "RequestCount"], "100 * FILL(e, 0) / r"), .above(5),
                    3, .notBreaching, .critical, why: "Targets answer more than 5 % of the requests with errors."),
                Row(
                    "alb-rejected", .sum("RejectedConnectionCount"), .above(0), 3, .notBreaching, .critical,
                    why: "The balancer has reached its most connections and turns clients away."),
                Row(
                    "alb-target-connection-errors", .sum("TargetConnectionErrorCount"), .above(0), 5, .notBreaching,
                    why: "The balancer does not reach targets in each of five minutes."),
                Row(
                    "alb-response-time", .p90("TargetResponseTime"), .unknown(.greater), 5,
                    why: "Targets answer slowly, in seconds. What is slow depends on the service."),
            ])
        + table(
            .networkLoadBalancer, "AWS/NetworkELB", "LoadBalancer",
            [
                Row(
                    "nlb-port-allocation", .sum("PortAllocationErrorCount"), .above(0), 3, .notBreaching, .critical,
                    why: "The balancer has no ports left to its targets and drops connections: add targets."),
                Row(
                    "nlb-target-resets", .sum("TCP_Target_Reset_Count"), .unknown(.greater), 5, .notBreaching,
                    why: "Targets break connections. How many are usual depends on the protocol."),
            ])

    /// The kind of the balancer decides about the namespace.
    private static let targets =
        table(
            .targetGroup, "AWS/ApplicationELB", "TargetGroup,LoadBalancer",
            healthRows("alb", "app"))
        + table(
            .targetGroup, "AWS/NetworkELB", "TargetGroup,LoadBalancer",
            healthRows("nlb", "net"))

    private static func healthRows(_ prefix: String, _ balancer: String) -> [Row] {
        [
            Row(
                "\(prefix)-healthy-targets", .minimum("HealthyHostCount"), .below("max(1, min(2, registered_targets))"),
                3,
                .missing, .critical, where: ["load_balancer": [balancer]],
                why: "Only one target is healthy, or none: the next failure is an outage."),
            Row(
                "\(prefix)-unhealthy-targets", .maximum("UnHealthyHostCount"), .above(0), 10,
                where: ["load_balancer": [balancer]], why: "A target has failed its health checks for ten minutes."),
        ]
    }

    private static let gateways =
        table(
            .natGateway, "AWS/NATGateway", "NatGatewayId",
            [
                Row(
                    "nat-port-allocation", .sum("ErrorPortAllocation"), .above(0), 15, .missing, .critical,
                    why: "The gateway has no ports left to a destination and drops connections."),
                Row(
                    "nat-dropped", .sum("PacketsDropCount"), .unknown(.greater), 5,
                    why:
                        "The gateway drops packets. AWS advises 0.01 % of the traffic; nat-dropped-share takes it "
                        + "itself."
                ),
                Row(
                    "nat-dropped-share",
                    .sums(
                        ["d": "PacketsDropCount", "i": "PacketsInFromSource", "o": "PacketsInFromDestination"],
                        "100 * d / (i + o)"), .above(0.01), 5,
                    why: "More than 0.01 % of the packets are dropped, AWS's advice."),
            ])
        + table(
            .vpnConnection, "AWS/VPN", "VpnId",
            [
                Row(
                    "vpn-tunnel", .minimum("TunnelState"), .below(1), .times(3, seconds: 300), .missing, .critical,
                    why: "A tunnel of the connection is down. With only one tunnel set up it always is.")
            ])
        + table(
            .metric, "AWS/VPN", "TunnelIpAddress",
            [
                Row(
                    "vpn-tunnel-address", .minimum("TunnelState"), .below(1), .times(3, seconds: 300),
                    isDefault: false, why: "The tunnel with this address is down. Off: vpn-tunnel watches both.")
            ])

    private static let endpoints =
        table(
            .vpcEndpoint, "AWS/PrivateLinkEndpoints",
            "VPC Endpoint Id,VPC Id,Endpoint Type,Subnet Id*,Service Name",
            [
                Row(
                    "vpc-endpoint-dropped", .sum("PacketsDropped"), .above(0), 5,
                    why: "The endpoint drops packets in each of five minutes: it or the service behind it is not well.")
            ])
        + table(
            .vpcEndpointService, "AWS/PrivateLinkServices", "Service Id,Load Balancer Arn*,Az*",
            [
                Row(
                    "vpc-endpoint-service-resets", .sum("RstPacketsSent"), .unknown(.greater), 5,
                    why: "Targets of the service break connections. How many are usual depends on the protocol.")
            ])
}
