import AWS
import JSON

extension KindFinder {
    static let networkKinds = [
        KindFinder(kind: .natGateway, actions: ["ec2:DescribeNatGateways"], find: natGateways),
        KindFinder(kind: .vpnConnection, actions: ["ec2:DescribeVpnConnections"], find: vpnConnections),
        KindFinder(kind: .vpcEndpoint, actions: ["ec2:DescribeVpcEndpoints"], find: endpoints),
        KindFinder(
            kind: .vpcEndpointService, actions: ["ec2:DescribeVpcEndpointServiceConfigurations"],
            find: endpointServices),
    ]

    private static let gone: Set = ["deleting", "deleted", "failed", "rejected", "expired"]

    private static func natGateways(_ listing: ResourceListing) async -> [WatchedResource] {
        await listing.list(
            .ec2, "DescribeNatGateways", listing.filter(by: "NatGatewayIds", pageSize: 500), at: "NatGateways"
        ) { item in
            let id = try item.required("NatGatewayId")
            guard !gone.contains(item.text("State") ?? "") else { return [] }
            return [
                listing.resource(
                    id: listing.arn("ec2", "natgateway/\(id)"), name: id, tags: item.tags("Tags"),
                    dimensions: ["NatGatewayId": id],
                    attributes: [
                        "state": item.text("State"), "type": item.text("ConnectivityType"), "vpc": item.text("VpcId"),
                    ])
            ]
        }
    }

    /// The answer has the tunnels' pre-shared keys: nothing of it is kept but what is named here.
    private static func vpnConnections(_ listing: ResourceListing) async -> [WatchedResource] {
        let input: JSONValue = listing.target.map { ["VpnConnectionIds": [.string($0.name)]] } ?? [:]
        return await listing.list(.ec2, "DescribeVpnConnections", input, at: "VpnConnections") { item in
            let id = try item.required("VpnConnectionId")
            guard !gone.contains(item.text("State") ?? "") else { return [] }
            return [
                listing.resource(
                    id: listing.arn("ec2", "vpn-connection/\(id)"), name: id, tags: item.tags("Tags"),
                    dimensions: ["VpnId": id],
                    facts: [.units: item["VgwTelemetry"]?.arrayValue.map { Double($0.count) }],
                    attributes: ["state": item.text("State"), "type": item.text("Type")])
            ]
        }
    }

    private static func endpoints(_ listing: ResourceListing) async -> [WatchedResource] {
        await listing.list(
            .ec2, "DescribeVpcEndpoints", listing.filter(by: "VpcEndpointIds", pageSize: 500), at: "VpcEndpoints"
        ) { item in
            let id = try item.required("VpcEndpointId")
            guard !gone.contains(item.text("State")?.lowercased() ?? "") else { return [] }
            return [
                listing.resource(
                    id: listing.arn("ec2", "vpc-endpoint/\(id)"), name: id, tags: item.tags("Tags"),
                    dimensions: [
                        "VPC Endpoint Id": id, "VPC Id": item.text("VpcId"),
                        "Endpoint Type": item.text("VpcEndpointType"), "Service Name": item.text("ServiceName"),
                        "Subnet Id": item.only("SubnetIds"),
                    ],
                    attributes: [
                        "state": item.text("State")?.lowercased(), "type": item.text("VpcEndpointType"),
                        "service": item.text("ServiceName"), "vpc": item.text("VpcId"),
                    ])
            ]
        }
    }

    private static func endpointServices(_ listing: ResourceListing) async -> [WatchedResource] {
        await listing.list(
            .ec2, "DescribeVpcEndpointServiceConfigurations", listing.filter(by: "ServiceIds", pageSize: 500),
            at: "ServiceConfigurations"
        ) { item in
            let id = try item.required("ServiceId")
            guard !gone.contains(item.text("ServiceState")?.lowercased() ?? "") else { return [] }
            let balancers = item.texts("NetworkLoadBalancerArns") + item.texts("GatewayLoadBalancerArns")
            return [
                listing.resource(
                    id: listing.arn("ec2", "vpc-endpoint-service/\(id)"), name: id, tags: item.tags("Tags"),
                    dimensions: [
                        "Service Id": id, "Az": item.only("AvailabilityZones"),
                        "Load Balancer Arn": balancers.count == 1 ? balancers[0] : nil,
                    ],
                    attributes: [
                        "state": item.text("ServiceState")?.lowercased(), "service": item.text("ServiceName"),
                        "type": item["ServiceType"]?.arrayValue?.first?.text("ServiceType"),
                    ])
            ]
        }
    }
}
