import AWS
import Basics
import Experiments
import JSON
import Transport

/// `disable_az` and `reenable_az` of resiliencyvr, whose state is a file in S3.
///
/// The file has what the original wrote, under both names by which the original wrote and read it, and the network ACL
/// of each subnet, which is all that is needed to put the zone back. It is written before the first change.
enum ZoneStateFile {

    /// What the file tells.
    struct State: Sendable {
        var zone = ""
        /// The network ACL that each subnet had.
        var subnets: [String: String] = [:]
        /// The network ACL that the subnet of each association had, as the original has it.
        var associations: [String: String] = [:]
        var substitutes: [String] = []

        init() {}

        init(_ json: JSONValue) {
            func texts(_ name: String) -> [String: String] {
                (json[name]?.objectValue ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.stringValue }
            }
            zone = json["availability_zone"]?.stringValue ?? ""
            subnets = texts("subnets")
            associations = texts("rollback_nacl_associations").merging(texts("rollback_nacl_association")) { $1 }
            substitutes = json["blackhole_nacl_ids"]?.texts ?? []
        }

        var json: JSONValue {
            func object(_ texts: [String: String]) -> JSONValue {
                .object(JSONObject(texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
            }
            return [
                "availability_zone": .string(zone), "subnets": object(subnets),
                "rollback_nacl_associations": object(associations), "rollback_nacl_association": object(associations),
                "blackhole_nacl_ids": JSONValue(texts: substitutes),
            ]
        }
    }

    /// The file's place: `state_file_name` in the bucket that the configuration names.
    private static func place(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> JSONObject {
        guard let bucket = invocation.configuration["state_bucket"]?.stringValue, !bucket.isEmpty else {
            throw .failedActivity("the configuration has no state_bucket: the bucket of the file that keeps the state")
        }
        return ["Bucket": .string(bucket), "Key": invocation.argument("state_file_name")]
    }

    private static func load(_ invocation: NativeActivity.Invocation) async throws -> State? {
        let place = try place(invocation)
        let result: AWSResult
        do { result = try await invocation.client(.s3).result("GetObject", place) } catch let error as AWSFailure
            where error.code == "NoSuchKey"
        {
            return nil
        }
        guard let json = try? JSONValue(parsing: result.body), json.objectValue != nil else {
            throw ExperimentError.failedActivity(
                "\(place["Key"]?.pythonText ?? "") in \(place["Bucket"]?.pythonText ?? "") is no state of a zone")
        }
        return State(json)
    }

    private static func save(_ state: State, _ invocation: NativeActivity.Invocation) async throws {
        var input = try place(invocation)
        input["ContentType"] = "application/json"
        _ = try await invocation.client(.s3).result("PutObject", input, body: .bytes(state.json.serialized()))
    }

    private static func remove(_ invocation: NativeActivity.Invocation) async throws {
        _ = try await invocation.client(.s3).call("DeleteObject", try place(invocation))
    }

    private static func zone(_ invocation: NativeActivity.Invocation) -> String {
        invocation.argument("availability_zone").pythonText
    }

    /// All subnets of the zone, in all VPCs.
    @Sendable static func toDisable(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        _ = try place(invocation)
        let client = try invocation.client(.ec2)
        let subnets = try await ZoneNetwork.subnets(zone(invocation), client)
        guard !subnets.isEmpty else {
            throw ExperimentError.failedActivity(
                "there are no subnets in \(zone(invocation)): is it a zone of \(client.region)?")
        }
        let targets = ZoneFailure.subnetTargets(subnets, client)
        try await OwnPlace.refuseOwnSubnets(targets.map(\.id), invocation)
        return targets
    }

    @Sendable static func disable(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.ec2)
        // As in the original: what an earlier run has left is put back first.
        if let left = try await load(invocation) { try await putBack(left, client) }
        var state = State()
        state.zone = zone(invocation)
        let ids = targets.map(\.id)
        state.subnets = try await ZoneNetwork.associations(of: ids, client).mapValues(\.acl)
        try await save(state, invocation)
        (state.substitutes, state.associations) = try await ZoneNetwork.cutOff(ids, zone: state.zone, client)
        try await save(state, invocation)
        return .null
    }

    /// The subnets that the file tells of; none without the file, as in the original.
    @Sendable static func disabled(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard let state = try await load(invocation) else { return [] }
        let client = try invocation.client(.ec2)
        return try await originals(state, client).keys.sorted().map {
            NativeActivity.Target(kind: ZoneNetwork.kind, id: $0, region: client.region)
        }
    }

    // Without an undo: it is what puts the zone back.
    @Sendable static func reenable(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        guard let state = try await load(invocation) else { return .null }
        try await putBack(state, invocation.client(.ec2))
        try await remove(invocation)
        return .null
    }

    private static func putBack(_ state: State, _ client: ActivityClient) async throws {
        let originals = try await originals(state, client)
        try await ZoneNetwork.giveBack(
            originals.keys.sorted(), zone: state.zone, others: (state.substitutes, originals), client)
    }

    /// The network ACL that each subnet had.
    ///
    /// A file of the original tells it by associations.
    private static func originals(_ state: State, _ client: ActivityClient) async throws -> [String: String] {
        guard state.subnets.isEmpty, !state.associations.isEmpty else { return state.subnets }
        var originals: [String: String] = [:]
        for association in try await client.items("DescribeNetworkAcls").flatMap(ZoneNetwork.associations(in:)) {
            guard let original = state.associations[association.id] else { continue }
            originals[association.subnet] = original
        }
        return originals
    }

    /// Gives each subnet its network ACL back by the tags, and removes the file with the last one.
    static let undo = NativeActivity.Undo(
        "gives the subnets of the zone their network ACLs back, and removes the state file",
        calls: ZoneNetwork.reads + ZoneNetwork.backChanges + [.read("s3:GetObject"), .change("s3:DeleteObject")],
        capture: { invocation, target in
            try await ZoneNetwork.capture(target.id, zone: zone(invocation), invocation.client(.ec2))
        },
        check: { invocation, target, before in
            try await ZoneNetwork.check(target.id, zone: zone(invocation), before, invocation.client(.ec2))
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.ec2)
            try await ZoneNetwork.giveBack([target.id], zone: zone(invocation), client)
            guard try await ZoneNetwork.substitutes(zone(invocation), client).isEmpty,
                let state = try await load(invocation), state.zone == zone(invocation)
            else { return }
            try await remove(invocation)
        })
}
