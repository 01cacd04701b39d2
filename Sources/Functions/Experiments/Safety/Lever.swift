public import AWS
public import Basics
public import ConfigurationSources
import Glibc
public import JSON
import Transport
import YAML

/// What an operator demands of runs.
public struct RunDemand: Sendable, Hashable {
    /// The three positions of a lever.
    public enum Position: String, Sendable, CaseIterable {
        /// Go on.
        case run
        /// Begin no further activity, and wait.
        case hold
        /// End with rollbacks; no new run begins.
        case stop
    }

    /// What is demanded.
    public var position: Position
    /// Who demands it.
    public var person: String?
    /// Why.
    public var reason: String?
    /// When it was demanded.
    public var time: Timestamp?

    /// A demand.
    public init(_ position: Position, by person: String? = nil, reason: String? = nil, at time: Timestamp? = nil) {
        (self.position, self.person, self.reason, self.time) = (position, person, reason, time)
    }

    /// `: freeze (ann, 2026-11-28T12:00:00Z)`, for messages.
    var details: String {
        let facts = [person, time?.iso8601(fractionDigits: 0)].compactMap(\.self)
        return (reason.map { ": \($0)" } ?? "") + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
    }
}

extension RunDemand {
    /// `{"state", "by", "reason", "at"}`.
    public var json: JSONValue {
        var object: JSONObject = ["state": .string(position.rawValue)]
        object["by"] = person.map { .string($0) }
        object["reason"] = reason.map { .string($0) }
        object["at"] = time.map { .string($0.iso8601) }
        return .object(object)
    }

    /// Reads one of the words `run`, `hold` and `stop`, or a mapping as ``json`` has it, in YAML or JSON.
    /// - Throws: ``ExperimentError`` with `notReadable` for anything else: a lever that nobody understands is no
    ///   permission.
    public init(parsing text: String) throws(ExperimentError) {
        let json = text.utf8.count <= 65_536 ? (try? YAMLNode(parsing: Array(text.utf8)))?.json : nil
        let word = json?.stringValue ?? json?["state"]?.stringValue
        guard let position = word.flatMap({ Position(rawValue: $0.lowercased()) }) else {
            // The text stays out of the message: who names the wrong parameter may have named one with a secret.
            throw ExperimentError(
                .notReadable, "it says something else than run, hold, stop or {\"state\": \"stop\", …}")
        }
        self.init(
            position, by: json?["by"]?.stringValue, reason: json?["reason"]?.stringValue,
            at: json?.objectValue?.time("at"))
    }
}

/// The lever by which an operator ends every run, or holds it, and bars new ones.
///
/// It is a parameter of Systems Manager (`ssm:/chaos/lever`), an object of S3 or a file. It says `run`, `hold` or
/// `stop`, or `{"state": "stop", "by": "ann", "reason": "incident 4711"}`.
public struct Lever: Sendable {
    /// Where it is.
    public let source: ConfigurationSource
    /// Whether a lever that does not exist means `run`; otherwise it is as one that cannot be read.
    public let mayBeMissing: Bool
    private let environment: [String: String]
    private let remote: RemoteValues

    /// A lever.
    /// - Parameters:
    ///   - environment: tells where a relative path begins.
    ///   - remote: asked for an object or a parameter only.
    public init(
        _ source: ConfigurationSource, mayBeMissing: Bool = false, environment: [String: String] = [:],
        remote: RemoteValues
    ) {
        (self.source, self.mayBeMissing) = (source, mayBeMissing)
        (self.environment, self.remote) = (environment, remote)
    }

    /// Reads it.
    /// - Throws: ``ExperimentError`` with `notReadable`, `CancellationError`.
    public func read(until deadline: Timestamp) async throws -> RunDemand {
        do {
            let bytes = try await source.load(environment: environment, remote: remote, deadline: deadline)
            return try RunDemand(parsing: String(decoding: bytes, as: UTF8.self))
        } catch let error as CancellationError {
            throw error
        } catch {
            if mayBeMissing, Self.isMissing(error) { return RunDemand(.run) }
            throw ExperimentError(.notReadable, "the lever \(source) cannot be read: \(error)", underlying: error)
        }
    }

    /// Asks whether a run may begin.
    /// - Throws: ``ExperimentError`` with `refused` when the lever is at `hold` or `stop`, or cannot be read.
    public func permitStart(until deadline: Timestamp) async throws {
        let demand: RunDemand
        do { demand = try await read(until: deadline) } catch let error as ExperimentError {
            throw ExperimentError(.refused, "nothing is run: \(error)", underlying: error)
        }
        guard demand.position != .run else { return }
        throw ExperimentError(
            .refused, "nothing is run: the lever \(source) is at \(demand.position.rawValue)\(demand.details)")
    }

    /// Moves it.
    /// - Parameter aws: for an object or a parameter.
    /// - Throws: `AWSError`, `SystemError`; ``ExperimentError`` for a lever that is a text.
    public func set(_ demand: RunDemand, aws: @Sendable () throws -> AWSConfiguration, until deadline: Timestamp)
        async throws
    {
        let text = demand.json.description
        switch source {
        case .text: throw ExperimentError(.configuration, "a lever that is a text cannot be moved")
        case .file(let path): try replaceFile(path, with: Array(text.utf8), draft: "\(path).new")
        case .object(let bucket, let key):
            _ = try await AWSClient(.s3, configuration: aws()).send(
                "PutObject", ["Bucket": .string(bucket), "Key": .string(key)], body: .bytes(Array(text.utf8)),
                deadline: deadline)
        case .parameter(let name):
            _ = try await AWSClient(.ssm, configuration: aws()).call(
                "PutParameter",
                ["Name": .string(name), "Value": .string(text), "Type": "String", "Overwrite": true],
                deadline: deadline)
        }
    }

    private static func isMissing(_ error: any Error) -> Bool {
        if let error = error as? AWSError { return error.code == "ParameterNotFound" || error.code == "NoSuchKey" }
        let cause = (error as? ConfigurationSourceError)?.underlying as? SystemError
        return cause == SystemError(ENOENT)
    }
}
