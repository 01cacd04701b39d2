public import Basics
public import JSON

/// One target that an action changes or has changed, and what must be known to put it back.
///
/// It is written before the change is made. As JSON: `{"id": "3.1", "activity", "name", "module", "function",
/// "arguments", "templates", "secrets", "seed", "target": {"kind", "id", "region", "tags", "candidates"}, "before",
/// "state", "reason", "attempts", "intended", "changed", "settled"}`; times are ISO 8601.
public struct LedgerEntry: Sendable, Hashable {
    /// What is known of the target.
    public enum State: String, Sendable, CaseIterable {
        /// The change was about to be made; nobody knows whether it was.
        case intended
        /// The change was made.
        case changed
        /// It was read, and it is as it was before.
        case restored
        /// Nothing can or need be put back.
        case nothingLeft = "nothing-left"
        /// It could not be put back, or nobody knows; another recovery tries again.
        case stillBroken = "still-broken"
        /// It stays changed, because the run's policy or a person wants it so.
        case left

        /// Whether the entry still needs work.
        public var isOpen: Bool {
            switch self {
            case .intended, .changed, .stillBroken: true
            case .restored, .nothingLeft, .left: false
            }
        }
    }

    /// Names the entry within its run: the number of its document and its place there, from 1.
    public let id: String
    /// Which execution of which activity this is, as the runner names its steps.
    public let activity: String
    /// The activity's name in the experiment, for people.
    public let name: String
    /// The activity in the registry.
    public let module: String
    /// The activity in the registry.
    public let function: String
    /// The arguments of the call, without those that have values of secrets.
    public let arguments: JSONObject
    /// The arguments that have values of secrets; nil when there are none.
    public var secretArguments: SecretArguments?
    /// The seed of the call's random choices.
    public let seed: UInt64
    /// What is hit.
    public let target: NativeActivity.Target
    /// What the undo captured before the change.
    public let before: JSONValue
    /// What is known of the target now.
    public var state: State
    /// Why the state is what it is, for people.
    public var reason: String?
    /// How often it was tried to put the target back.
    public var attempts: Int
    /// When the change was about to be made.
    public let intended: Timestamp
    /// When it was made; nil when nobody knows.
    public var changed: Timestamp?
    /// When the state was last proven; nil before.
    public var settled: Timestamp?

    /// The entry without what only an undo needs, for a record that takes little.
    var withoutDetails: LedgerEntry {
        LedgerEntry(
            id: id, activity: activity, name: name, module: module, function: function, arguments: [:], seed: seed,
            target: NativeActivity.Target(kind: target.kind, id: target.id, region: target.region), before: .null,
            state: state, reason: reason, attempts: attempts, intended: intended, changed: changed, settled: settled)
    }

    /// The entry without what the undo captured, where that may hold secrets; for what leaves the ledger.
    func masked(by registry: ActivityRegistry) -> LedgerEntry {
        // The undo of another version of the program may capture secrets.
        guard registry.activity(module: module, function: function)?.undo?.isBeforeSecret ?? true else { return self }
        return LedgerEntry(
            id: id, activity: activity, name: name, module: module, function: function, arguments: arguments,
            secretArguments: secretArguments, seed: seed, target: target, before: .null, state: state, reason: reason,
            attempts: attempts,
            intended: intended, changed: changed, settled: settled)
    }

    /// `stop_instances of ec2:instance i-1 in eu-central-1`.
    public var title: String { "\(function) of \(target.title)" }
}

/// What an action is about to change, and the state of each target before.
public struct LedgerIntent: Sendable {
    /// One target and what the undo captured of it.
    public struct Subject: Sendable {
        /// What will be hit.
        public let target: NativeActivity.Target
        /// Its state before.
        public let before: JSONValue

        /// A target and its state before.
        public init(_ target: NativeActivity.Target, before: JSONValue) {
            (self.target, self.before) = (target, before)
        }
    }

    /// Which execution of which activity this is: no two of a run have the same.
    public var activity: String
    /// The activity's name in the experiment.
    public var name: String
    /// The activity in the registry.
    public var module: String
    /// The activity in the registry.
    public var function: String
    /// The arguments, which the undo gets again, without those that have values of secrets.
    public var arguments: JSONObject
    /// The arguments that have values of secrets; nil when there are none.
    public var secretArguments: SecretArguments?
    /// The seed of the call's random choices.
    public var seed: UInt64
    /// All targets; none are added later.
    public var subjects: [Subject]

    /// An intent.
    public init(
        activity: String, name: String, module: String, function: String, arguments: JSONObject, seed: UInt64 = 0,
        subjects: [Subject]
    ) {
        (self.activity, self.name, self.module, self.function) = (activity, name, module, function)
        (self.arguments, self.seed, self.subjects) = (arguments, seed, subjects)
    }

    /// The entry of one target; the id is given when its place is known.
    func entry(_ subject: Subject, id: String, at time: Timestamp) -> LedgerEntry {
        LedgerEntry(
            id: id, activity: activity, name: name, module: module, function: function, arguments: arguments,
            secretArguments: secretArguments, seed: seed, target: subject.target, before: subject.before,
            state: .intended, attempts: 0, intended: time)
    }
}

extension LedgerEntry {
    /// The entry as it is stored.
    public var json: JSONValue {
        var object: JSONObject = [
            "id": .string(id), "activity": .string(activity), "name": .string(name), "module": .string(module),
            "function": .string(function), "arguments": .object(arguments), "seed": .string("\(seed)"),
            "target": target.json, "before": before, "state": .string(state.rawValue),
        ]
        if let secretArguments {
            object["templates"] = secretArguments.template
            object["secrets"] = .array(secretArguments.names.map { .string($0) })
        }
        object["reason"] = reason.map { .string($0) }
        object["attempts"] = .integer(Int64(attempts))
        object["intended"] = .string(intended.iso8601)
        object["changed"] = changed.map { .string($0.iso8601) }
        object["settled"] = settled.map { .string($0.iso8601) }
        return .object(object)
    }

    /// Reads an entry; nil for JSON that is none.
    init?(_ json: JSONValue) {
        guard let object = json.objectValue, let id = object["id"]?.stringValue,
            let module = object["module"]?.stringValue, let function = object["function"]?.stringValue,
            let target = object["target"].flatMap(NativeActivity.Target.init),
            let state = object["state"]?.stringValue.flatMap(State.init),
            let intended = object.time("intended")
        else { return nil }
        self.init(
            id: id, activity: object["activity"]?.stringValue ?? "", name: object["name"]?.stringValue ?? "",
            module: module, function: function, arguments: object["arguments"]?.objectValue ?? [:],
            secretArguments: object["templates"].map { template in
                SecretArguments(
                    template: template, names: (object["secrets"]?.arrayValue ?? []).compactMap(\.stringValue))
            },
            seed: object["seed"]?.stringValue.flatMap { UInt64($0) } ?? 0, target: target,
            before: object["before"] ?? .null, state: state, reason: object["reason"]?.stringValue,
            attempts: Int(clamping: object["attempts"]?.intValue ?? 0), intended: intended,
            changed: object.time("changed"), settled: object.time("settled"))
    }
}

extension NativeActivity.Target {
    /// What tells the target from others, whatever its tags are at the moment.
    var address: String { "\(region)/\(kind)/\(id)" }

    /// `ec2:instance i-1 in eu-central-1`, for people.
    var title: String { "\(kind) \(id)" + (region.isEmpty ? "" : " in \(region)") }

    /// The target as it is stored and printed.
    var json: JSONValue {
        let pairs = tags.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
        return [
            "kind": .string(kind), "id": .string(id), "region": .string(region), "tags": .object(JSONObject(pairs)),
            "candidates": .integer(Int64(candidates)),
        ]
    }

    /// Reads a target; nil for JSON that is none.
    init?(_ json: JSONValue) {
        guard let kind = json["kind"]?.stringValue, let id = json["id"]?.stringValue else { return nil }
        let pairs = (json["tags"]?.objectValue ?? [:]).compactMap { pair in
            pair.value.stringValue.map { (pair.key, $0) }
        }
        self.init(
            kind: kind, id: id, region: json["region"]?.stringValue ?? "", tags: Dictionary(pairs) { $1 },
            candidates: Int(clamping: json["candidates"]?.intValue ?? 1))
    }
}

extension JSONObject {
    /// A time in ISO 8601; nil for anything else.
    func time(_ key: String) -> Timestamp? { self[key]?.stringValue.flatMap { Timestamp(iso8601: $0) } }
}
