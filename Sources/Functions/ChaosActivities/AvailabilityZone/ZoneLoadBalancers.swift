import AWS
import Basics
import Experiments
import JSON

/// Takes the subnets of a zone away from load balancers, and gives them back.
///
/// A tag on the load balancer, set before the change, tells which.
enum ZoneLoadBalancers {
    static let kind = "elasticloadbalancing:loadbalancer"
    static let reads: [NativeActivity.Call] = [
        .read("elasticloadbalancing:DescribeLoadBalancers"), .read("elasticloadbalancing:DescribeTags"),
    ]
    static let changes: [NativeActivity.Call] = [
        .change("elasticloadbalancing:AddTags"), .change("elasticloadbalancing:SetSubnets"),
    ]
    static let backChanges: [NativeActivity.Call] = [
        .change("elasticloadbalancing:SetSubnets"), .change("elasticloadbalancing:RemoveTags"),
    ]

    /// A load balancer of `elbv2`.
    struct LoadBalancer: Sendable {
        let arn: String
        let name: String
        let type: String
        let vpc: String
        /// The subnets by zone.
        let subnets: [String: String]
        /// Whether its addresses were chosen; a call that changes the subnets would lose them.
        let hasOwnAddresses: Bool
        var tags: [String: String] = [:]

        init?(_ json: JSONValue) {
            guard let arn = json["LoadBalancerArn"]?.stringValue, let name = json["LoadBalancerName"]?.stringValue
            else { return nil }
            (self.arn, self.name) = (arn, name)
            type = json["Type"]?.stringValue ?? ""
            vpc = json["VpcId"]?.stringValue ?? ""
            let zones = json["AvailabilityZones"]?.elements ?? []
            subnets = zones.reduce(into: [:]) {
                $0[$1["ZoneName"]?.stringValue ?? ""] = $1["SubnetId"]?.stringValue
            }
            hasOwnAddresses = zones.contains { !($0["LoadBalancerAddresses"]?.elements ?? []).isEmpty }
        }

        /// `app/front/0123`: what follows `loadbalancer/` in the ARN.
        var id: String { arn.split(separator: "/", maxSplits: 1).last.map(String.init) ?? arn }

        /// Whether the zone can be taken away: an application load balancer must be in two zones.
        func canLose(_ zone: String) -> Bool {
            guard subnets[zone] != nil, !hasOwnAddresses else { return false }
            switch type {
            case "application": return subnets.count > 2
            case "network": return subnets.count > 1
            default: return false
            }
        }
    }

    /// The load balancers, with their tags.
    /// - Parameter name: nil for all.
    static func find(name: String? = nil, _ client: ActivityClient) async throws -> [LoadBalancer] {
        let input: JSONObject = name.map { ["Names": [.string($0)]] } ?? [:]
        var found: [LoadBalancer]
        do {
            found = try await client.items("DescribeLoadBalancers", input).compactMap(LoadBalancer.init)
        } catch let error as AWSFailure where error.code == "LoadBalancerNotFound" { return [] }
        // As many as one call takes.
        for start in stride(from: 0, to: found.count, by: 20) {
            let range = start..<min(start + 20, found.count)
            let arns = JSONValue(texts: found[range].map(\.arn))
            let descriptions = try await client.call("DescribeTags", ["ResourceArns": arns])["TagDescriptions"]
            for description in descriptions?.elements ?? [] {
                guard let index = found.firstIndex(where: { description["ResourceArn"] == .string($0.arn) }) else {
                    continue
                }
                found[index].tags = description["Tags"]?.tags ?? [:]
            }
        }
        return found
    }

    /// The load balancer of a target's id.
    static func find(id: String, _ client: ActivityClient) async throws -> LoadBalancer? {
        let name = id.split(separator: "/").dropFirst().first.map(String.init) ?? id
        return try await find(name: name, client).first { $0.id == id }
    }

    static func fail(_ balancer: LoadBalancer, zone: String, _ client: ActivityClient) async throws {
        guard let subnet = balancer.subnets[zone], balancer.canLose(zone) else { return }
        let tag: JSONValue = ["Key": .string(ZoneNetwork.tag(zone)), "Value": .string(subnet)]
        _ = try await client.call("AddTags", ["ResourceArns": [.string(balancer.arn)], "Tags": [tag]])
        let others = balancer.subnets.filter { $0.key != zone }.values.sorted()
        try await set(others, of: balancer, client)
    }

    private static func set(_ subnets: [String], of balancer: LoadBalancer, _ client: ActivityClient) async throws {
        _ = try await client.call(
            "SetSubnets", ["LoadBalancerArn": .string(balancer.arn), "Subnets": JSONValue(texts: subnets)])
    }

    /// Puts a load balancer back as its tag says; without the tag as it is remembered.
    static func recover(
        _ balancer: LoadBalancer, zone: String, remembered subnet: String? = nil, _ client: ActivityClient
    ) async throws {
        let tagged = balancer.tags[ZoneNetwork.tag(zone)]
        if let subnet = tagged ?? subnet, balancer.subnets[zone] == nil {
            try await set((balancer.subnets.values + [subnet]).sorted(), of: balancer, client)
        }
        guard tagged != nil else { return }
        _ = try await client.call(
            "RemoveTags",
            ["ResourceArns": [.string(balancer.arn)], "TagKeys": [.string(ZoneNetwork.tag(zone))]])
    }

    static func check(
        _ id: String, zone: String, before subnet: String?, _ client: ActivityClient
    ) async throws -> RestoreOutcome {
        guard let balancer = try await find(id: id, client) else {
            return .nothingLeft("the load balancer \(id) does not exist any more")
        }
        guard balancer.tags[ZoneNetwork.tag(zone)] == nil else {
            return .stillBroken("the load balancer \(id) has still the tag \(ZoneNetwork.tag(zone))")
        }
        guard let subnet, let now = balancer.subnets[zone] else {
            return subnet == nil ? .restored : .stillBroken("the load balancer \(id) is not in \(zone) any more")
        }
        return now == subnet
            ? .restored : .nothingLeft("others have given the load balancer \(id) the subnet \(now)")
    }
}
