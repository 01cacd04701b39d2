import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import Experiments

@Suite(.timeLimit(.minutes(2))) struct RedirectTests {
    /// What an HTTP probe gets that is redirected to another port, under a guard.
    private func run(allowing: (_ first: Int, _ second: Int) -> String) async throws -> (JSONValue?, String, Int) {
        let loop = try EventLoop.onOwnThread()
        let second = try ScriptedServer { _ in .http(200, body: "inside") }
        let first = try ScriptedServer { _ in .http(307, headers: [("Location", second.url + "/secret")]) }
        defer {
            first.stop()
            second.stop()
        }
        var providers = Providers(
            loop: loop, http: HTTPClient(loop: loop), registry: ActivityRegistry(), aws: offlineAWS, environment: [:],
            time: .live(loop), seed: 1)
        let rules = "activities: {allow: []}\nhttp: {allow: [\(allowing(Int(first.port), Int(second.port)))]}"
        providers.guarding = try Guard(parsing: Array(rules.utf8), source: "guard.yaml")
        let activity = Samples.activity("look", ["type": "http", "url": .string(first.url)], kind: "probe")
        let asking = providers
        do {
            let output = try await withTaskExecutorPreference(loop) {
                try await asking.run(activity, execution: "t", Substitution(configuration: [:], secrets: [:]))
            }
            return (output, "", second.requests.count)
        } catch let error as ExperimentError {
            #expect(error.code == .refused)
            return (nil, error.message, second.requests.count)
        }
    }

    @Test("a redirect to a host that the guard does not allow is not followed")
    func refused() async throws {
        let (output, message, count) = try await run { first, _ in "\"127.0.0.1:\(first)\"" }
        #expect(output == nil)
        #expect(message.contains("(http.allow): the probe \"look\" sends an HTTP request to 127.0.0.1:"))
        #expect(count == 0)
    }

    @Test("a redirect to a host that the guard allows is followed")
    func allowed() async throws {
        let (output, _, count) = try await run { _, _ in "127.0.0.1" }
        #expect(output?["body"] == "inside")
        #expect(count == 1)
    }
}
