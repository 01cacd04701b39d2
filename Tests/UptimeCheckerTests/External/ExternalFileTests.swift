import Basics
import JSON
import TestSupport
import Testing

@testable import UptimeChecker

/// `external-endpoints` of a file: what is read, and what is wrong.
@Suite struct ExternalFileTests {
    /// The example of Gatus's documentation, as it is there.
    static let example = """
        external-endpoints:
          - name: ext-ep-test
            group: core
            token: "potato"
            heartbeat:
              interval: 30m  # Automatically create a failure if no update is received within 30 minutes
            alerts:
              - type: discord
                description: "healthcheck failed"
                send-on-resolved: true
        """

    @Test func gatussExample() throws {
        let file = try configuration(Self.example)
        let endpoint = try #require(file.external.first)
        #expect(file.external.count == 1)
        #expect(endpoint.key == "core_ext-ep-test")
        #expect(endpoint.displayName == "core/ext-ep-test")
        #expect(endpoint.token == "potato")
        #expect(endpoint.heartbeat == .seconds(1_800))
        #expect(endpoint.isEnabled)
        #expect(endpoint.line == 2)
        #expect(file.endpoints.isEmpty)
        #expect(file.notUsed == ["line 7: external-endpoints[].alerts (alarms on the metrics, or the notifier)"])
        #expect("\(endpoint)" == "core/ext-ep-test")
    }

    @Test(
        "keys are Gatus's: small letters, and - for special characters",
        arguments: [
            ("name: a", "_a"), ("name: 'A b/c_d.e,f#g+h&i', group: 'X Y'", "x-y_a-b-c-d-e-f-g-h-i"),
            ("name: ' a ', group: b", "b_a"), ("name: Größe", "_größe"),
        ])
    func keys(text: String, key: String) throws {
        #expect(try configuration("external-endpoints: [{\(text), token: t}]").external.map(\.key) == [key])
    }

    private static let token = "give the token that whoever pushes results has to send, such as $BACKUP_TOKEN"
    private static let heartbeat = "must be 10s or more, or 0 to expect no results at fixed times"

    @Test(arguments: [
        ("name: n, token: t", "none"), ("name: n", "(n).token: \(token)"),
        ("name: n, token: ''", "(n).token: \(token)"),
        ("name: n, token: ' '", "(n).token: \(token)"), ("name: n, enabled: false", "none"),
        ("token: t", ".name: give the external endpoint a name"),
        ("name: n, token: t, heartbeat: {interval: 10s}", "none"),
        ("name: n, token: t, heartbeat: {interval: 9999ms}", "(n).heartbeat.interval: \(heartbeat)"),
        ("name: n, token: t, heartbeat: {interval: -1h}", "(n).heartbeat.interval: \(heartbeat)"),
        ("name: n, token: t, heartbeat: {interval: 0s}", "none"), ("name: n, token: t, heartbeat: {}", "none"),
        (
            "name: n, token: t, heartbeat: {intervall: 1h}",
            "(n).heartbeat.intervall: unknown key, did you mean interval?"
        ),
        ("name: n, token: t, tokn: t", "(n).tokn: unknown key, did you mean token?"),
        (
            "name: n, token: t, url: 'http://a'",
            "(n).url: unknown key, expected one of name, group, enabled, token, heartbeat, maintenance-windows, alerts"
        ),
    ])
    func faults(text: String, expected: String) {
        let found = FaultTests.faults("external-endpoints: [{\(text)}]")
        #expect(found == (expected == "none" ? expected : "line 1: external-endpoints[0]\(expected)"))
    }

    @Test("a key belongs to one entry of the file, whatever its kind")
    func twoOfOneKey() {
        let web = #"endpoints: [{name: web, group: a, url: "http://a", conditions: ["[STATUS] == 200"]}]"#
        #expect(
            FaultTests.faults("\(web)\nexternal-endpoints: [{name: WEB, group: A, token: t}]")
                == "line 2: external-endpoints[0](A/WEB).name: the endpoint on line 1 has the same key a_web: "
                + "change name or group of one")
        #expect(
            FaultTests.faults("external-endpoints:\n- {name: a b, token: t}\n- {name: a-b, token: t}")
                == "line 3: external-endpoints[1](a-b).name: the external endpoint on line 2 has the same key _a-b: "
                + "change name or group of one")
    }

    @Test("a variable that is not set is no token, and the fault says so")
    func unsetToken() {
        let faults = FaultTests.faults("external-endpoints: [{name: n, token: $BACKUP_TOKEN}]")
        #expect(faults.contains("(n).token: "), "\(faults)")
        #expect(faults.contains("$BACKUP_TOKEN is not set"), "\(faults)")
    }

    @Test("an endpoint takes part in the file's maintenance and its own")
    func maintenance() throws {
        let file = try configuration(
            """
            maintenance: {start: "03:00", duration: 1h}
            external-endpoints:
              - {name: a, token: t, maintenance-windows: [{start: "05:00", duration: 1h}]}
              - {name: b, token: t}
            """)
        let time = { (hour: Int) in Timestamp(secondsSinceEpoch: 1_795_219_200.0 + Double(hour * 3_600) + 60) }
        for (hour, expected) in [(2, [false, false]), (3, [true, true]), (5, [true, false]), (6, [false, false])] {
            #expect(file.external.map { file.isInMaintenance($0, at: time(hour)) } == expected, "\(hour)")
        }
    }

    @Test("tocsin up gets the external endpoints of all files, each with its own file's maintenance")
    func combined() throws {
        let files = [
            ("a", "retry: {attempts: 2}\nmaintenance: {start: \"03:00\", duration: 1h}\n" + Self.example),
            ("b", "external-endpoints: [{name: b, token: $T}, {name: off, enabled: false}]"),
        ].map { CombinedEndpoints.File(name: $0.0, bytes: Array($0.1.utf8)) }
        let combined = try CombinedEndpoints(files, environment: ["T": "pa$$"])
        #expect(combined.entries.map(\.displayName) == ["core/ext-ep-test", "b"])
        #expect(combined.entries.map(\.isExternal) == [true, true])
        #expect(combined.entries.map(\.key) == ["core_ext-ep-test", "_b"])
        #expect(combined.entries.map(\.checkInterval) == [.seconds(10), nil])
        #expect(combined.entries.map(\.interval) == [.seconds(1_800), .seconds(28_800)])
        #expect(combined.shown(error: "a\nwith potato", of: "core_ext-ep-test") == "a with ***")
        #expect(combined.shown(error: "", of: "_b") == "it was pushed as failed, without an error")
        let read = try configuration(combined.text)
        #expect(read.external.map(\.token) == ["potato", "pa$$", ""])
        #expect(read.external.map(\.maintenance.count) == [1, 0, 0])
        let twice = [files[0], .init(name: "c", bytes: files[0].bytes)]
        let error = #expect(throws: UptimeCheckerError.self) { try CombinedEndpoints(twice, environment: [:]) }
        #expect(
            error?.message == "c: the external endpoint core/ext-ep-test is in a, too: change name or group of one")
    }
}
