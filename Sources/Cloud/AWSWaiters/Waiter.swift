import AWS
import Basics
import JMESPath
import JSON

/// A waiter of a service's model: calls an operation until an acceptor knows the answer.
///
/// Source: botocore's waiter.py, which defines what each matcher accepts.
struct Waiter: Sendable {
    /// Its name in boto3, such as `instance_stopped`.
    let name: String
    let operation: String
    let delay: Duration
    let maximumAttempts: Int
    let acceptors: [Acceptor]

    init(_ name: String, _ model: JSONValue) throws(AWSError) {
        guard let operation = model["operation"]?.stringValue, let delay = model["delay"]?.intValue,
            let maximumAttempts = model["maxAttempts"]?.intValue, let acceptors = model["acceptors"]?.arrayValue
        else { throw Self.badModel(name) }
        self.name = name
        self.operation = operation
        self.delay = .seconds(delay)
        self.maximumAttempts = Int(maximumAttempts)
        var read: [Acceptor] = []
        for acceptor in acceptors {
            do { read.append(try Acceptor(acceptor)) } catch { throw Self.badModel(name, error) }
        }
        self.acceptors = read
    }

    private static func badModel(_ name: String, _ cause: (any Error)? = nil) -> AWSError {
        AWSError(
            .invalidConfiguration, "the waiter \(name) cannot be read; run Tools/aws-models/generate.py",
            underlying: cause)
    }

    /// The first acceptor that matches what an attempt brought; nil when none does.
    func acceptor(of observation: Observation) throws(JMESPathError) -> Acceptor? {
        for acceptor in acceptors where try acceptor.matches(observation) { return acceptor }
        return nil
    }
}

/// What one attempt brought.
enum Observation: Sendable {
    case output(JSONValue, status: Int)
    /// An error that the service answered.
    case error(AWSError)
}

/// A rule of a waiter: when it matches, the wait has succeeded, has failed, or goes on.
struct Acceptor: Sendable {
    enum State: String, Sendable {
        case success, failure, retry
    }

    enum Matcher: Sendable {
        /// The value of an expression is the expected one.
        case path(JMESPath)
        /// All of at least one value are.
        case pathAll(JMESPath)
        /// At least one value is.
        case pathAny(JMESPath)
        /// The service answered this error; with `true` any error, with `false` none.
        case error
        /// The HTTP status.
        case status
    }

    let state: State
    let matcher: Matcher
    let expected: JSONValue

    /// Reads `[state, matcher, expected, expression]`.
    init(_ model: JSONValue) throws {
        guard let state = model[0]?.stringValue.flatMap(State.init), let matcher = model[1]?.stringValue,
            let expected = model[2]
        else { throw AWSError(.invalidConfiguration, "an acceptor lacks its state, matcher or expected value") }
        self.state = state
        self.expected = expected
        let expression = model[3]?.stringValue ?? ""
        switch matcher {
        case "path": self.matcher = .path(try JMESPath(expression))
        case "pathAll": self.matcher = .pathAll(try JMESPath(expression))
        case "pathAny": self.matcher = .pathAny(try JMESPath(expression))
        case "error": self.matcher = .error
        case "status": self.matcher = .status
        default: throw AWSError(.invalidConfiguration, "there is no matcher \(matcher)")
        }
    }

    /// The expression of a matcher that has one.
    var path: JMESPath? {
        switch matcher {
        case .path(let path), .pathAll(let path), .pathAny(let path): path
        case .error, .status: nil
        }
    }

    func matches(_ observation: Observation) throws(JMESPathError) -> Bool {
        switch (matcher, observation) {
        case (.error, .error(let error)): return expected == true || expected == .string(error.code)
        case (.error, .output): return expected == false || expected == ""
        case (.status, .error(let error)): return error.status.map { JSONValue($0) } == expected
        case (.status, .output(_, let status)): return JSONValue(status) == expected
        case (.path(let path), .output(let output, _)):
            return try path.value(in: output).hasSameValue(as: expected)
        case (.pathAll(let path), .output(let output, _)):
            guard let values = try path.value(in: output).arrayValue, !values.isEmpty else { return false }
            return values.allSatisfy { $0.hasSameValue(as: expected) }
        case (.pathAny(let path), .output(let output, _)):
            return try path.value(in: output).arrayValue?.contains { $0.hasSameValue(as: expected) } ?? false
        case (.path, .error), (.pathAll, .error), (.pathAny, .error): return false
        }
    }
}

extension Waiter {
    /// What an attempt found, for people: `` `stopping` ``, `` 2 × `running` and 1 × `pending` ``, the error
    /// `` `NoSuchEntity` ``.
    func description(of observation: Observation) -> String {
        guard case .output(let output, let status) = observation else {
            guard case .error(let error) = observation else { return "" }
            return "the error `\(error.code)`"
        }
        let paths = acceptors.filter { $0.path != nil }
        guard let acceptor = paths.first(where: { $0.state == .success }) ?? paths.first, let path = acceptor.path,
            let value = try? path.value(in: output)
        else { return "an answer with status \(status)" }
        return Self.describe(value, of: path)
    }

    private static func describe(_ value: JSONValue, of path: JMESPath) -> String {
        switch value {
        case .bool: return "\(value) for \(path.text)"
        case .null, []: return "nothing for \(path.text)"
        case .array(let values):
            var counts: [(value: JSONValue, count: Int)] = []
            for value in values {
                if let index = counts.firstIndex(where: { $0.value == value }) {
                    counts[index].count += 1
                } else {
                    counts.append((value, 1))
                }
            }
            let texts = counts.prefix(maximumValues).map {
                (counts.count == 1 ? "" : "\($0.count) × ") + quoted($0.value)
            }
            return texts.joined(separator: ", ") + (counts.count > maximumValues ? ", …" : "")
        default: return quoted(value)
        }
    }

    private static let maximumValues = 5

    static func quoted(_ value: JSONValue) -> String {
        "`\((value.stringValue ?? value.description).prefix(100))`"
    }
}
