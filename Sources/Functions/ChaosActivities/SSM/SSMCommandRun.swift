import AWS
import Basics
import Experiments
import JSON

/// A document that is sent to instances as commands, waited for, and cancelled when it takes too long.
struct SSMCommandRun: Sendable {
    /// As many ids as one command takes.
    private static let maximumInstances = 50
    /// How long a cancelled command may take to end.
    private static let cancelTime = Duration.seconds(60)

    let client: ActivityClient
    let time: TimeSource
    /// When nothing is waited for any more.
    let deadline: Timestamp
    /// The input of `SendCommand` without the instances.
    let input: JSONObject

    /// Sends the commands that the instances need, and returns the responses.
    func send(to instances: [String]) async throws -> [JSONValue] {
        let batches = stride(from: 0, to: instances.count, by: Self.maximumInstances).map {
            Array(instances[$0..<min($0 + Self.maximumInstances, instances.count)])
        }
        return try await forEachInTurn(batches, "sent", name: { $0.joined(separator: ", ") }) { batch in
            var input = input
            input["InstanceIds"] = JSONValue(texts: batch)
            return try await client.response("SendCommand", input)
        }
    }

    /// Waits until the commands have ended on all instances.
    ///
    /// - Parameter end: when to stop waiting; never after the deadline.
    /// - Returns: the results so far, and how many instances the commands have not ended on.
    func results(
        of responses: [JSONValue], on count: Int, until end: Timestamp, details: Bool = false
    ) async throws -> (results: [JSONValue], running: Int) {
        let end = min(end, deadline)
        while true {
            var results: [JSONValue] = []
            for command in responses.compactMap({ $0["Command"]?["CommandId"] }) {
                var input: JSONObject = ["CommandId": command]
                if details { input["Details"] = true }
                results += try await client.items("ListCommandInvocations", input)
            }
            // Invocations are listed some moments after the command was sent.
            let running = max(0, count - results.count) + results.count { !Self.hasEnded($0) }
            if running == 0 || time.now() + ActivityClient.pause >= end { return (results, running) }
            try await time.sleep(ActivityClient.pause)
        }
    }

    /// Cancels the commands on all instances, and waits until they have ended there.
    func cancel(_ responses: [JSONValue], on count: Int) async throws -> [JSONValue] {
        for command in responses.compactMap({ $0["Command"]?["CommandId"] }) {
            _ = try await client.call("CancelCommand", ["CommandId": command])
        }
        return try await results(of: responses, on: count, until: time.now() + Self.cancelTime, details: true).results
    }

    static func hasEnded(_ result: JSONValue) -> Bool {
        ["Success", "Cancelled", "TimedOut", "Failed"].contains(result["Status"]?.stringValue)
    }

    /// `i-1: TimedOut`, or `i-1: Failed in step stressCPU with exit code 3: stress-ng: not found`.
    static func describe(_ result: JSONValue) -> String {
        let status = result["StatusDetails"] ?? result["Status"] ?? .null
        let text = "\((result["InstanceId"] ?? .null).pythonText): \(status.pythonText)"
        let steps = result["CommandPlugins"]?.elements ?? []
        guard let step = steps.first(where: { $0["Status"] != "Success" && hasEnded($0) }) else { return text }
        let name = step["Name"]?.stringValue.map { " in step \($0)" } ?? ""
        let code = step["ResponseCode"]?.intValue.map { " with exit code \($0)" } ?? ""
        let tail = tail(of: step["Output"]?.stringValue ?? "")
        return text + name + code + (tail.isEmpty ? "" : ": \(tail)")
    }

    /// The last lines of an output, on one line.
    private static func tail(of output: String) -> String {
        let lines = output.split(whereSeparator: \.isNewline).map { $0.trimmingWhitespace }.filter { !$0.isEmpty }
        return String(lines.suffix(4).joined(separator: " / ").suffix(400))
    }
}
