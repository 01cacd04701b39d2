import Basics
import JSON
import Processes
import Transport

/// A control that runs a program or calls a URL, with what happens as JSON.
///
/// A program gets `{"level", "moment", "context", "state"}` on its standard input, a URL as the body of a POST. When
/// the answer (standard output or body) is an object with the text `interrupt`, the experiment ends with that reason.
struct ControlHook: Sendable {
    /// What happens.
    struct Call: Sendable {
        let level: Controls.Level
        let moment: Controls.Moment
        /// The experiment, hypothesis or activity as declared.
        let subject: JSONValue
        /// The journal, the state, the records or the record; nil before a part.
        let state: JSONValue?

        var json: JSONValue {
            [
                "level": .string(level.rawValue), "moment": .string(moment.rawValue), "context": subject,
                "state": state ?? .null,
            ]
        }
    }

    /// How long a hook may take that does not say so.
    private static let timeout = Duration.seconds(10)
    private static let maximumAnswer = 1 << 20

    private let control: ControlDeclaration
    private let providers: Providers

    init(_ control: ControlDeclaration, _ providers: Providers) {
        (self.control, self.providers) = (control, providers)
    }

    /// Calls the hook; an answer that is no JSON is empty.
    func call(_ call: Call, _ substitution: Substitution) async throws -> JSONValue {
        let provider = control.declaration["provider"]?.objectValue ?? [:]
        let seconds = provider["timeout"]?.doubleValue
        let timeout = seconds.map { Duration.nanoseconds(Int64(max(0, min($0, 1e6)) * 1e9)) } ?? Self.timeout
        let answer =
            provider["type"] == "process"
            ? try await run(provider, call, substitution, timeout)
            : try await post(provider, call, substitution, timeout)
        return (try? JSONValue(parsing: answer)) ?? .null
    }

    private func run(
        _ provider: JSONObject, _ call: Call, _ substitution: Substitution, _ timeout: Duration
    ) async throws -> [UInt8] {
        let arguments = substitution.apply(to: provider["arguments"] ?? [])
        var command = ChildCommand(
            [provider["path"]?.stringValue ?? ""] + (arguments.arrayValue ?? []).map(Python.str), timeout: timeout)
        command.input = call.json.serialized()
        command.maximumOutput = Self.maximumAnswer
        let result = try await command.run(on: providers.loop)
        guard result.exitCode == 0 else {
            throw ExperimentError(.activityFailed, "\(command.words[0]) \(result.failure(showing: 1_000))")
        }
        return result.output
    }

    private func post(
        _ provider: JSONObject, _ call: Call, _ substitution: Substitution, _ timeout: Duration
    ) async throws -> [UInt8] {
        var request = HTTPRequest(
            "POST", substitution.apply(to: provider["url"] ?? "").stringValue ?? "",
            headers: ["Content-Type": "application/json", "User-Agent": TocsinVersion.userAgent],
            body: .bytes(call.json.serialized()), totalTimeout: timeout, maximumResponseBytes: Self.maximumAnswer)
        for (name, value) in substitution.apply(to: provider["headers"] ?? [:]).objectValue ?? [:] {
            request.headers.set(name, Python.str(value))
        }
        request.tls = TLSOptions(verifies: provider["verify_tls"]?.boolValue ?? true)
        let response = try await providers.http.execute(request)
        guard 200..<300 ~= response.status else {
            throw ExperimentError(.activityFailed, "\(request.url) answered with status \(response.status)")
        }
        return response.body
    }
}
