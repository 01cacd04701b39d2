public import Basics
public import JSON

/// When a run puts back what it changed, beside the rollbacks of the experiment.
public enum RestorePolicy: String, Sendable, CaseIterable {
    /// When it did not complete: stopped, failed for a technical reason, or its process is gone.
    case interrupted
    /// Also after a run that completed.
    case always
    /// Never; what is still changed is told, and stays so.
    case never

    /// Whether changes are undone.
    public func restores(afterInterruption wasInterrupted: Bool) -> Bool {
        switch self {
        case .interrupted: wasInterrupted
        case .always: true
        case .never: false
        }
    }
}

/// What the ledger knows of a run: enough to undo it and to play its rollbacks in another process.
///
/// As JSON: `{"run", "title", "source", "started", "restore", "journal", "folder", "account", "region",
/// "configuration", "details", "pieces", "awaitsPermission", "rollbacksPlayed", "openRollbacks"}`; the experiment's
/// document is stored apart, in pieces.
public struct RunRecord: Sendable {
    /// The run's id: 1 to 64 letters, digits, `-`, `_` and `.`.
    public let run: String
    /// The experiment's title.
    public var title: String
    /// Where the experiment was read from, for people.
    public var source: String
    /// When the run began.
    public var started: Timestamp
    /// When changes are undone.
    public var restore: RestorePolicy
    /// Where the journal or its log is; nil when there is none yet.
    public var journal: String?
    /// The folder that it runs in, for the relative paths of its rollbacks; nil where there is no such folder.
    public var folder: String?
    /// The AWS account that it changes; nil when it uses none, or nobody could tell it.
    public var account: String?
    /// The region of the environment, for AWS calls whose configuration names none.
    public var region: String?
    /// The resolved configuration, with which undo and rollbacks are called, without
    /// ``ExperimentVariables/secretKeys``.
    public var configuration: JSONObject
    /// What the runner wants to know again, such as the strategy of the rollbacks.
    public var details: JSONObject
    /// The experiment without the values of its secrets; see ``Experiment/withoutSecretValues``.
    public var document: JSONObject
    /// Whether guard, lever and stop conditions are still to permit the run: it has done nothing that rollbacks undo.
    public internal(set) var awaitsPermission = false
    /// Whether recoveries have played all rollbacks.
    public internal(set) var rollbacksPlayed = false
    /// The names of the rollbacks that have failed in recoveries, to be played again; nil before the first recovery.
    public internal(set) var openRollbacks: [String]?

    /// A run that begins.
    public init(
        run: String, title: String, source: String, started: Timestamp, restore: RestorePolicy = .interrupted,
        journal: String? = nil, configuration: JSONObject = [:], details: JSONObject = [:], document: JSONObject = [:]
    ) {
        (self.run, self.title, self.source, self.started) = (run, title, source, started)
        (self.restore, self.journal, self.configuration) = (restore, journal, configuration)
        (self.details, self.document) = (details, document)
    }
}

extension Experiment {
    /// The document without the values of its secrets; where they are kept (`{"type": "env", …}`) stays.
    public var withoutSecretValues: JSONObject {
        var copy = document
        if var configuration = document["configuration"]?.objectValue {
            for key in ExperimentVariables.secretKeys {
                if let value = configuration[key] { configuration[key] = Self.places(in: value) }
            }
            copy["configuration"] = .object(configuration)
        }
        guard let secrets = document["secrets"]?.objectValue else { return copy }
        copy["secrets"] = .object(JSONObject(secrets.map { ($0.key, Self.places(in: $0.value) ?? [:]) }))
        return copy
    }

    /// What tells where a secret is kept; nil for a value.
    private static func places(in value: JSONValue) -> JSONValue? {
        guard let object = value.objectValue else { return nil }
        switch object["type"]?.stringValue {
        // The default of a variable is a value.
        case "env": return .object(JSONObject(object.filter { $0.key != "default" }.map { ($0.key, $0.value) }))
        // These tell where a secret is, or are encrypted.
        case "vault", "file", "ssm", "secretsmanager", "kms": return value
        default: break
        }
        let kept = object.compactMap { key, value in places(in: value).map { (key, $0) } }
        return kept.isEmpty ? nil : .object(JSONObject(kept))
    }
}

extension RunRecord {
    /// Whether a text can be a run's id: it becomes part of keys and file names.
    static func isRunID(_ text: String) -> Bool {
        1...64 ~= text.utf8.count && text != "." && text != ".."
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) }
    }

    /// The record as it is stored.
    /// - Parameter pieces: in how many documents the experiment is.
    func json(pieces: Int) -> JSONValue {
        var object: JSONObject = [
            "run": .string(run), "title": .string(title), "source": .string(source),
            "started": .string(started.iso8601), "restore": .string(restore.rawValue),
        ]
        object["journal"] = journal.map { .string($0) }
        object["folder"] = folder.map { .string($0) }
        object["account"] = account.map { .string($0) }
        object["region"] = region.map { .string($0) }
        object["configuration"] = .object(configuration)
        object["details"] = .object(details)
        object["pieces"] = .integer(Int64(pieces))
        object["awaitsPermission"] = .bool(awaitsPermission)
        object["rollbacksPlayed"] = .bool(rollbacksPlayed)
        object["openRollbacks"] = openRollbacks.map { .array($0.map { .string($0) }) }
        return .object(object)
    }

    /// Reads a record without its document; nil for JSON that is none.
    init?(_ json: JSONValue) {
        guard let object = json.objectValue, let run = object["run"]?.stringValue, let started = object.time("started")
        else { return nil }
        self.init(
            run: run, title: object["title"]?.stringValue ?? "", source: object["source"]?.stringValue ?? "",
            started: started,
            // A policy of another version: putting back is the safe side.
            restore: object["restore"]?.stringValue.flatMap(RestorePolicy.init) ?? .interrupted,
            journal: object["journal"]?.stringValue, configuration: object["configuration"]?.objectValue ?? [:],
            details: object["details"]?.objectValue ?? [:])
        awaitsPermission = object["awaitsPermission"] == true
        rollbacksPlayed = object["rollbacksPlayed"] == true
        openRollbacks = object["openRollbacks"]?.arrayValue?.compactMap(\.stringValue)
        (folder, account) = (object["folder"]?.stringValue, object["account"]?.stringValue)
        region = object["region"]?.stringValue
    }
}
