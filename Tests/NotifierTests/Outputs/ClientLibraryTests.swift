import JSON
import TestSupport
import Testing
import Transport

@testable import Notifier

/// The services' own Python clients send what our outputs send: both write to the same server, which compares.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct ClientLibraryTests {
    /// Answers everything as Zulip and Opsgenie answer what they have taken.
    private static func server() throws -> ScriptedServer {
        try ScriptedServer { request in
            let isZulip = request.target.hasPrefix("/api/v1/")
            let body =
                isZulip
                ? #"{"result":"success","msg":"","id":7,"zulip_feature_level":400,"zulip_version":"11.0"}"#
                : #"{"result":"Request will be processed","took":0.1,"requestId":"r-1"}"#
            return .http(isZulip ? 200 : 202, headers: [("Content-Type", "application/json")], body: body)
        }
    }

    /// What an output sends for notifications, to this server.
    private static func send(
        _ notifications: [Notification], by kind: String, to server: ScriptedServer
    ) async throws -> [ServerRequest] {
        let output = try SampleOutput[kind].make(["server": .string(server.url)])
        for message in notifications.flatMap({ output.messages(for: $0, Sample.options(mentions: [.here])) }) {
            let response = try await Network.http.get().execute(try #require(message.request))
            #expect(output.outcome(of: response, to: message).word.hasPrefix("delivered"))
        }
        return server.requests
    }

    @Test func zulip() async throws {
        let server = try Self.server()
        defer { server.stop() }
        let ours = try #require(try await Self.send([Sample.hostile], by: "zulip", to: server).last)
        let script = """
            import json, sys, zulip
            client = zulip.Client(email="bot@z.example", api_key="key-s3cr3t", site=sys.argv[1])
            answer = client.send_message(json.load(sys.stdin))
            print(answer["result"], answer["id"])
            """
        let output = try SampleOutput["zulip"].make(["server": .string(server.url)])
        let form = try #require(output.messages(for: Sample.hostile, Sample.options(mentions: [.here])).last?.form)
        let result = try Command.run(
            Workspace.python, ["-c", script, server.url], input: JSONValue.object(form).description)
        #expect(result.output == "success 7\n", "\(result.errors)")
        let theirs = try #require(server.requests.last)
        #expect(theirs.target == "/api/v1/messages")
        #expect(ours.target == theirs.target)
        #expect(ours.method == theirs.method)
        #expect(ours["Authorization"] == theirs["Authorization"])
        #expect(ours["Content-Type"] == theirs["Content-Type"])
        #expect(ours.text == theirs.text)
    }

    @Test func opsgenie() async throws {
        let server = try Self.server()
        defer { server.stop() }
        let ours = try await Self.send([Sample.alarm, Sample.ok], by: "opsgenie", to: server)
        let script = """
            import json, re, sys, opsgenie_sdk
            settings = opsgenie_sdk.Configuration()
            settings.host = sys.argv[1]
            settings.api_key = {"Authorization": "key-s3cr3t"}
            settings.api_key_prefix = {"Authorization": "GenieKey"}
            api = opsgenie_sdk.AlertApi(opsgenie_sdk.ApiClient(settings))
            create, close = [{re.sub("[A-Z]", lambda m: "_" + m[0].lower(), k): v for k, v in json.loads(line).items()}
                             for line in sys.stdin]
            api.create_alert(opsgenie_sdk.CreateAlertPayload(**create))
            print(api.close_alert(create["alias"], identifier_type="alias",
                                  close_alert_payload=opsgenie_sdk.CloseAlertPayload(**close)).request_id)
            """
        let input = ours.map(\.text).joined(separator: "\n")
        let result = try Command.run(Workspace.python, ["-c", script, server.url], input: input)
        #expect(result.output == "r-1\n", "\(result.errors)")
        let theirs = server.requests.suffix(2)
        #expect(ours.count == 2)
        #expect(theirs.map(\.target) == ours.map(\.target))
        #expect(theirs.map(\.method) == ours.map(\.method))
        #expect(theirs.map { $0["Authorization"] } == ours.map { $0["Authorization"] })
        #expect(try theirs.map { try JSONValue(parsing: $0.text) } == ours.map { try JSONValue(parsing: $0.text) })
    }
}
