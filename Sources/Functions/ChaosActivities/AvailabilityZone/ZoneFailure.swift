import AWS
import Basics
import Experiments
import JSON

/// Fails an Availability Zone part by part, and recovers it.
enum ZoneFailure {
    static let arguments: [NativeActivity.Argument] = [
        .init("availability_zone", .text), .init("network", .flag, true), .init("auto_scaling", .text, "subnets"),
        .init("load_balancers", .flag, true), .init("databases", .flag, true), .init("caches", .flag, true),
        .init("vpc_ids", .list, .null), .init("tags", .object, .null), .init("allow_own_account", .flag, false),
        .init("allow_own_subnets", .flag, false),
    ]
    static let reads =
        ZoneNetwork.reads + [.read("autoscaling:DescribeAutoScalingGroups")] + ZoneLoadBalancers.reads
        + ZoneFailovers.databaseReads + ZoneFailovers.cacheReads
    static let changes =
        ZoneNetwork.changes + ZoneGroups.changes + ZoneLoadBalancers.changes + ZoneFailovers.changes

    private static func zone(_ invocation: NativeActivity.Invocation) -> String {
        invocation.argument("availability_zone").pythonText
    }

    // MARK: What is hit

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let zone = zone(invocation)
        let mode = invocation.argument("auto_scaling").stringValue ?? "none"
        guard ["subnets", "processes", "none"].contains(mode) else {
            throw ExperimentError.failedActivity(
                "auto_scaling is \"\(mode)\", expected subnets, processes or none")
        }
        try requireTexts(invocation)
        try await OwnPlace.refuseOwnAccount(invocation)
        let client = try invocation.client(.ec2)
        let vpcs = invocation.argument("vpc_ids").texts
        let subnets = try await ZoneNetwork.subnets(zone, vpcs: vpcs, client)
        var targets: [NativeActivity.Target] = []
        if mode != "none" { targets += try await groups(zone, subnets, mode, invocation) }
        if invocation.given("load_balancers") != nil { targets += try await balancers(zone, vpcs, invocation) }
        if invocation.given("network") != nil { targets += try await network(zone, subnets, invocation) }
        targets += try await failovers(zone, vpcs, invocation)
        guard !targets.isEmpty else {
            throw ExperimentError.failedActivity(
                "nothing in \(zone) can be failed: is it a zone of \(try invocation.region())?")
        }
        return targets
    }

    private static func network(
        _ zone: String, _ subnets: [JSONValue], _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let chosen = subnets.filter { hasTags($0["Tags"]?.tags ?? [:], invocation) }
        let client = try invocation.client(.ec2)
        guard try await ZoneNetwork.substitutes(zone, client).isEmpty else { throw alreadyFailed(zone) }
        let targets = subnetTargets(chosen, client)
        try await OwnPlace.refuseOwnSubnets(targets.map(\.id), invocation)
        return targets
    }

    static func subnetTargets(_ subnets: [JSONValue], _ client: ActivityClient) -> [NativeActivity.Target] {
        subnets.compactMap { subnet in
            subnet["SubnetId"]?.stringValue.map {
                NativeActivity.Target(
                    kind: ZoneNetwork.kind, id: $0, region: client.region, tags: subnet["Tags"]?.tags ?? [:],
                    candidates: subnets.count)
            }
        }
    }

    private static func groups(
        _ zone: String, _ subnets: [JSONValue], _ mode: String, _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.autoScaling)
        let all = try await client.items("DescribeAutoScalingGroups", ["MaxRecords": 100])
        let ids = Set(subnets.compactMap { $0["SubnetId"]?.stringValue })
        let isLimited = !invocation.argument("vpc_ids").texts.isEmpty
        return try all.filter { group in
            let isMeant =
                hasTags(group["Tags"]?.tags ?? [:], invocation)
                && (!isLimited || GroupSubnets.subnets(of: group).contains(where: ids.contains))
            guard isMeant, (group["AvailabilityZones"]?.texts ?? []).contains(zone) else { return false }
            guard group["Tags"]?.tags[ZoneNetwork.tag(zone)] == nil else { throw alreadyFailed(zone) }
            return ZoneGroups.change(group, zone: zone, subnets: ids, bySubnets: mode == "subnets") != nil
        }.map { group in
            NativeActivity.Target(
                kind: ScalingGroups.kind, id: group.groupName, region: client.region,
                tags: group["Tags"]?.tags ?? [:], candidates: all.count)
        }
    }

    private static func balancers(
        _ zone: String, _ vpcs: [String], _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.elasticLoadBalancingv2)
        let all = try await ZoneLoadBalancers.find(client)
        guard !all.contains(where: { $0.tags[ZoneNetwork.tag(zone)] != nil }) else { throw alreadyFailed(zone) }
        return all.filter { balancer in
            balancer.canLose(zone) && hasTags(balancer.tags, invocation)
                && (vpcs.isEmpty || vpcs.contains(balancer.vpc))
        }.map { balancer in
            NativeActivity.Target(
                kind: ZoneLoadBalancers.kind, id: balancer.id, region: client.region, tags: balancer.tags,
                candidates: all.count)
        }
    }

    /// With `vpc_ids` no cache is hit, since the service does not tell the VPC of one.
    private static func failovers(
        _ zone: String, _ vpcs: [String], _ invocation: NativeActivity.Invocation
    ) async throws -> [NativeActivity.Target] {
        var found: [(ZoneFailovers.Primary, Int)] = []
        if invocation.given("databases") != nil {
            let (primaries, all) = try await ZoneFailovers.databases(in: zone, invocation.client(.rds))
            found += primaries.map { ($0, all) }
        }
        if invocation.given("caches") != nil, vpcs.isEmpty {
            let (primaries, all) = try await ZoneFailovers.caches(in: zone, invocation.client(.elastiCache))
            found += primaries.map { ($0, all) }
        }
        let region = try invocation.region()
        return found.filter { primary, _ in
            hasTags(primary.tags, invocation) && (vpcs.isEmpty || vpcs.contains(primary.vpc))
        }.map { primary, all in
            NativeActivity.Target(
                kind: primary.kind, id: primary.id, region: region, tags: primary.tags, candidates: all)
        }
    }

    /// Whether a resource has all of the tags that the argument `tags` names.
    private static func hasTags(_ tags: [String: String], _ invocation: NativeActivity.Invocation) -> Bool {
        (invocation.argument("tags").objectValue ?? [:]).allSatisfy { name, value in
            value.stringValue.map { tags[name] == $0 } ?? false
        }
    }

    /// Refuses tags and VPCs that are no texts: left out, they would widen what is hit.
    private static func requireTexts(_ invocation: NativeActivity.Invocation) throws(ExperimentError) {
        for (name, value) in invocation.argument("tags").objectValue ?? [:] where value.stringValue == nil {
            throw .failedActivity("tags: the value of \(name) is \(value.pythonText), expected a text")
        }
        for vpc in invocation.argument("vpc_ids").elements where vpc.stringValue?.isEmpty != false {
            throw .failedActivity("vpc_ids: \(vpc.pythonText) is no id of a VPC")
        }
    }

    private static func alreadyFailed(_ zone: String) -> ExperimentError {
        .failedActivity(
            "\(zone) has been failed already, or is not wholly recovered: run tocsin.az.recover for it first")
    }

    // MARK: Fail

    /// The capacity is taken away first, so that nothing is launched into the zone that is about to be cut off.
    @Sendable static func fail(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let zone = zone(invocation)
        let of = Dictionary(grouping: targets, by: \.kind)
        let groups = try await forEachInTurn(of[ScalingGroups.kind] ?? [], "changed", name: \.id) { target in
            try await failGroup(target.id, zone, invocation)
        }
        let balancing = try invocation.client(.elasticLoadBalancingv2)
        _ = try await forEachInTurn(of[ZoneLoadBalancers.kind] ?? [], "changed", name: \.id) { target in
            guard let balancer = try await ZoneLoadBalancers.find(id: target.id, balancing) else { return }
            try await ZoneLoadBalancers.fail(balancer, zone: zone, balancing)
        }
        let subnets = (of[ZoneNetwork.kind] ?? []).map(\.id)
        let substitutes =
            try await subnets.isEmpty
            ? [] : ZoneNetwork.cutOff(subnets, zone: zone, invocation.client(.ec2)).substitutes
        let failovers = [ZoneFailovers.cluster, ZoneFailovers.instance, ZoneFailovers.cache].flatMap { of[$0] ?? [] }
        _ = try await forEachInTurn(failovers, "failed over", name: \.id) { target in
            try await ZoneFailovers.fail(target, zone: zone, invocation)
        }
        func ids(_ kind: String) -> JSONValue { JSONValue(texts: (of[kind] ?? []).map(\.id)) }
        return [
            "AvailabilityZone": .string(zone), "Subnets": JSONValue(texts: subnets),
            "NetworkAcls": JSONValue(texts: substitutes), "AutoScalingGroups": .array(groups),
            "LoadBalancers": ids(ZoneLoadBalancers.kind), "DBClusters": ids(ZoneFailovers.cluster),
            "DBInstances": ids(ZoneFailovers.instance), "ReplicationGroups": ids(ZoneFailovers.cache),
        ]
    }

    private static func failGroup(
        _ name: String, _ zone: String, _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue {
        let client = try invocation.client(.autoScaling)
        guard let group = try await ScalingGroups.find(name, client),
            let change = try await change(group, zone, invocation)
        else { return ["AutoScalingGroupName": .string(name), "Change": .null] }
        try await ZoneGroups.fail(group, change, zone: zone, client)
        return ["AutoScalingGroupName": .string(name), "Change": .string(change.text)]
    }

    /// What is done to a group; the same as when the targets were chosen.
    private static func change(
        _ group: JSONValue, _ zone: String, _ invocation: NativeActivity.Invocation
    ) async throws -> ZoneGroups.Change? {
        let subnets = try await ZoneNetwork.subnets(zone, invocation.client(.ec2))
        return ZoneGroups.change(
            group, zone: zone, subnets: Set(subnets.compactMap { $0["SubnetId"]?.stringValue }),
            bySubnets: invocation.argument("auto_scaling") == "subnets")
    }

    // MARK: Undo

    /// Puts back what the tags say, and what was remembered.
    static let undo = NativeActivity.Undo(
        "gives subnets their network ACLs, groups and load balancers their subnets, and proves it; a failover stays",
        calls: ZoneNetwork.reads + [.read("autoscaling:DescribeAutoScalingGroups")] + ZoneLoadBalancers.reads
            + ZoneNetwork.backChanges + ZoneGroups.backChanges + ZoneLoadBalancers.backChanges,
        capture: { invocation, target in
            let zone = zone(invocation)
            switch target.kind {
            case ZoneNetwork.kind:
                return try await ZoneNetwork.capture(target.id, zone: zone, invocation.client(.ec2))
            case ScalingGroups.kind:
                guard let group = try await ScalingGroups.find(target.id, invocation.client(.autoScaling)),
                    let change = try await change(group, zone, invocation)
                else { return ["change": .null] }
                return ["change": .string(change.text)]
            case ZoneLoadBalancers.kind:
                let client = try invocation.client(.elasticLoadBalancingv2)
                let subnet = try await ZoneLoadBalancers.find(id: target.id, client)?.subnets[zone]
                return ["subnet": subnet.map(JSONValue.string) ?? .null]
            default: return [:]
            }
        },
        check: { invocation, target, before in
            let zone = zone(invocation)
            switch target.kind {
            case ZoneNetwork.kind:
                return try await ZoneNetwork.check(target.id, zone: zone, before, invocation.client(.ec2))
            case ScalingGroups.kind:
                let change = ZoneGroups.Change(before["change"]?.stringValue)
                return try await ZoneGroups.check(target.id, zone: zone, change, invocation.client(.autoScaling))
            case ZoneLoadBalancers.kind:
                let client = try invocation.client(.elasticLoadBalancingv2)
                return try await ZoneLoadBalancers.check(
                    target.id, zone: zone, before: before["subnet"]?.stringValue, client)
            default: return .nothingLeft("a failover is not taken back: \(target.id) works in another zone")
            }
        },
        restore: { invocation, target, before in
            let zone = zone(invocation)
            switch target.kind {
            case ZoneNetwork.kind:
                try await ZoneNetwork.giveBack([target.id], zone: zone, invocation.client(.ec2))
            case ScalingGroups.kind:
                let client = try invocation.client(.autoScaling)
                guard let group = try await ScalingGroups.find(target.id, client) else { return }
                let change = ZoneGroups.Change(before["change"]?.stringValue)
                try await ZoneGroups.recover(group, zone: zone, remembered: change, client)
            case ZoneLoadBalancers.kind:
                let client = try invocation.client(.elasticLoadBalancingv2)
                guard let balancer = try await ZoneLoadBalancers.find(id: target.id, client) else { return }
                try await ZoneLoadBalancers.recover(
                    balancer, zone: zone, remembered: before["subnet"]?.stringValue, client)
            default: return
            }
        })

    // MARK: Recover

    /// What the tags of the zone are on.
    @Sendable static func failed(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let zone = zone(invocation)
        let network = try invocation.client(.ec2)
        let substitutes = try await ZoneNetwork.substitutes(zone, network)
        let scaling = try invocation.client(.autoScaling)
        let tag = ZoneNetwork.tag(zone)
        let groups = try await scaling.items("DescribeAutoScalingGroups", ["MaxRecords": 100])
            .filter { $0["Tags"]?.tags[tag] != nil }
        let balancers = try await ZoneLoadBalancers.find(invocation.client(.elasticLoadBalancingv2))
            .filter { $0.tags[tag] != nil }
        func target(_ kind: String, _ id: String, _ tags: [String: String] = [:]) -> NativeActivity.Target {
            NativeActivity.Target(kind: kind, id: id, region: network.region, tags: tags)
        }
        return substitutes.flatMap { acl in
            [target("ec2:network-acl", acl.id)] + acl.subnets.map { target(ZoneNetwork.kind, $0) }
        }
            + groups.map { target(ScalingGroups.kind, $0.groupName, $0["Tags"]?.tags ?? [:]) }
            + balancers.map { target(ZoneLoadBalancers.kind, $0.id, $0.tags) }
    }

    /// The network first: what is launched in the zone again must reach others.
    @Sendable static func recover(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let zone = zone(invocation)
        let of = Dictionary(grouping: targets, by: \.kind).mapValues { $0.map(\.id) }
        if of["ec2:network-acl"] != nil {
            try await ZoneNetwork.giveBack(of[ZoneNetwork.kind] ?? [], zone: zone, invocation.client(.ec2))
        }
        let scaling = try invocation.client(.autoScaling)
        _ = try await forEachInTurn(of[ScalingGroups.kind] ?? [], "recovered", name: \.self) { name in
            guard let group = try await ScalingGroups.find(name, scaling) else { return }
            try await ZoneGroups.recover(group, zone: zone, scaling)
        }
        let balancing = try invocation.client(.elasticLoadBalancingv2)
        _ = try await forEachInTurn(of[ZoneLoadBalancers.kind] ?? [], "recovered", name: \.self) { id in
            guard let balancer = try await ZoneLoadBalancers.find(id: id, balancing) else { return }
            try await ZoneLoadBalancers.recover(balancer, zone: zone, balancing)
        }
        return [
            "AvailabilityZone": .string(zone), "Subnets": JSONValue(texts: of[ZoneNetwork.kind] ?? []),
            "AutoScalingGroups": JSONValue(texts: of[ScalingGroups.kind] ?? []),
            "LoadBalancers": JSONValue(texts: of[ZoneLoadBalancers.kind] ?? []),
        ]
    }
}
