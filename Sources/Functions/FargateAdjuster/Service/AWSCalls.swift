import AWS
import Basics
import JSON

/// How an operation ended that an adjustment can do without.
enum OptionalAnswer: Sendable {
    /// The operation's output.
    case output(JSONValue)
    /// The role may not call it, or the service does not know it: why, for a warning.
    case withheld(String)

    /// The output; nil where it was withheld.
    var output: JSONValue? { if case .output(let value) = self { value } else { nil } }
}

extension AdjusterClients {
    /// Calls an operation that an adjustment cannot do without.
    /// - Throws: ``AdjusterError`` `unavailable`; `CancellationError`.
    func required(_ client: AWSClient, _ operation: String, _ input: JSONValue) async throws -> JSONValue {
        do {
            return try await client.call(operation, input, deadline: time.now() + Self.callTimeout)
        } catch let error as AWSError {
            throw AdjusterError(error)
        }
    }

    /// Reads what a run cannot go on without: again for a minute while AWS throttles.
    func patiently<R>(_ read: () async throws -> R) async throws -> R {
        let end = time.now() + Self.callTimeout
        var pause = Duration.seconds(2)
        while true {
            do { return try await read() } catch let error as AdjusterError {
                guard error.isThrottling, time.now() + pause < end else { throw error }
            }
            try await time.sleep(pause)
            pause = min(pause * 2, .seconds(16))
        }
    }

    /// Calls an operation that shows more, or does better, where the role may call it.
    /// - Throws: ``AdjusterError`` `unavailable` when there is no answer; `CancellationError`.
    func optional(
        _ client: OnFirstUse<AWSClient>, _ operation: String, _ input: JSONValue
    ) async throws -> OptionalAnswer {
        do {
            return .output(
                try await client.value().call(operation, input, deadline: time.now() + Self.callTimeout))
        } catch let error as AWSError {
            guard error.isWithheld else { throw AdjusterError(error) }
            return .withheld(AdjusterError(error).message)
        }
    }
}

extension AWSError {
    /// Whether the call can never succeed here: it is denied, or the service or the region does not have it.
    var isWithheld: Bool { isDenied || isUnknownOperation || localCode == .invalidConfiguration }

    /// `ecs:DescribeServices`, as policies name it.
    var action: String {
        let service =
            switch service {
            case "elbv2", "elb": "elasticloadbalancing"
            default: service
            }
        return "\(service):\(operation)"
    }

    /// Code and message, without place and number of attempts.
    var brief: String { message.isEmpty ? code : "\(code): \(message)" }
}

extension AdjusterError {
    /// `unavailable`, for a call that failed: which permission is missing, or what else to do.
    init(_ error: AWSError) {
        let text =
            if error.isDenied {
                "\(error.action) is denied: allow it to the adjuster's role (AWS said: \(error.brief))"
            } else if error.isThrottling {
                "\(error.action) is throttled after \(counted(max(1, error.attempt), "attempt")): try again later, or "
                    + "with fewer services at once (AWS said: \(error.brief))"
            } else {
                "\(error.action) failed: \(error)"
            }
        self.init(.unavailable, text, underlying: error)
    }
}
