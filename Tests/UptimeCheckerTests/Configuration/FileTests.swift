import Basics
import JSON
import Testing
import TimeZones
import Transport

@testable import UptimeChecker

@Suite struct FileTests {
    /// Every key of Gatus's endpoints at once.
    static let full = """
        # A comment.
        concurrency: 5
        host-concurrency: 2
        retry: {attempts: 3, interval: 250ms}
        allow: [link-local]
        maintenance:
          start: "23:00"
          duration: 1h
          timezone: Europe/Berlin
          every: [Monday, Friday]
        endpoints:
          - name: Front Page
            group: core
            url: https://example.com/health?a=b
            method: POST
            body: '{"a": "[ENDPOINT_NAME]"}'
            headers:
              X-Token: "$TOKEN"
              accept: 1
              X-Null:
            graphql: yes
            interval: 1m30s
            enabled: true
            extra-labels: {team: a, env: prod}
            conditions:
              - "[STATUS] == 200"
              - "[BODY].name == any(a, b)"
            client:
              insecure: on
              ignore-redirect: true
              timeout: 1.5s
              dns-resolver: tcp://192.0.2.1:5353
              network: ip6
              proxy-url: http://proxy.example.com:3128
              oauth2: {token-url: "https://t.example.com/", client-id: me, client-secret: hush, scopes: [a, b]}
            ui:
              hide-conditions: true
              hide-hostname: true
              hide-url: true
              hide-port: true
              hide-errors: true
              dont-resolve-failed-conditions: true
              resolve-successful-conditions: true
            maintenance-windows:
              - start: "02:30"
                duration: 24h
              - enabled: false
            retry: {attempts: 1}
            allow: [metadata]
        """

    @Test func everyKey() throws {
        let file = try configuration(Self.full, environment: ["TOKEN": "hush"])
        #expect(file.concurrency == 5)
        #expect(file.hostConcurrency == 2)
        let berlin = try #require(TimeZoneRules(named: "Europe/Berlin"))
        let window = WeeklyWindow(startMinute: 1_380, duration: .seconds(3_600), zone: berlin, weekdays: [1, 5])
        #expect(file.maintenance == [window])
        #expect(file.notUsed == [])
        #expect(file.unsetVariables == [])

        let endpoint = try #require(file.endpoints.first)
        #expect(endpoint.name == "Front Page")
        #expect(endpoint.group == "core")
        #expect(endpoint.key == "core_front-page")
        #expect(endpoint.displayName == "core/Front Page")
        #expect(endpoint.target == .http(url: "https://example.com/health?a=b"))
        #expect(endpoint.method == "POST")
        #expect(endpoint.body == #"{"a": "[ENDPOINT_NAME]"}"#)
        let headers: HTTPHeaders = [
            "X-Token": "hush", "accept": "1", "X-Null": "", "User-Agent": Endpoint.userAgent,
            "Content-Type": "application/json",
        ]
        #expect(endpoint.headers == headers)
        #expect(endpoint.isGraphQL)
        #expect(endpoint.interval == .seconds(90))
        #expect(endpoint.labels.map(\.name) == ["env", "team"])
        #expect(endpoint.labels.map(\.value) == ["prod", "a"])
        #expect(endpoint.conditions.map(\.text) == ["[STATUS] == 200", "[BODY].name == any(a, b)"])
        let client = ClientSettings(
            isInsecure: true, ignoresRedirect: true, timeout: .milliseconds(1_500),
            nameServer: .init(network: .tcp, host: "192.0.2.1", port: 5_353), family: .ipv6,
            proxyURL: "http://proxy.example.com:3128",
            oauth2: .init(tokenURL: "https://t.example.com/", clientID: "me", clientSecret: "hush", scopes: ["a", "b"])
        )
        #expect(endpoint.client == client)
        for description in ["\(client)", "\(endpoint)", "\(client.oauth2.map { "\($0)" } ?? "")"] {
            #expect(!description.isEmpty && !description.contains("hush") && !description.contains("proxy"))
        }
        let ui = UISettings(
            hidesConditions: true, hidesHostname: true, hidesURL: true, hidesPort: true, hidesErrors: true,
            conditionDisplay: ConditionDisplay(showsValuesOfFailed: false, showsValuesOfMet: true)
        )
        #expect(endpoint.ui == ui)
        #expect(endpoint.maintenance == [WeeklyWindow(startMinute: 150, duration: .seconds(86_400))])
        #expect(endpoint.confirmation == Confirmation(attempts: 1, interval: .milliseconds(250)))
        #expect(endpoint.allowedAddresses == [.linkLocal, .metadata])
    }

    @Test func defaults() throws {
        let file = try configuration("endpoints: [{name: 12, url: 'http://a', conditions: ['[STATUS] == 200']}]")
        let endpoint = try #require(file.endpoints.first)
        #expect(file.concurrency == nil)
        #expect(file.hostConcurrency == nil)
        #expect(file.maintenance == [])
        #expect(endpoint.name == "12")
        #expect(endpoint.group == nil)
        #expect(endpoint.key == "_12")
        #expect(endpoint.method == "GET")
        #expect(endpoint.body == "")
        #expect(endpoint.headers == ["User-Agent": Endpoint.userAgent])
        #expect(!endpoint.isGraphQL)
        #expect(endpoint.interval == .seconds(60))
        #expect(endpoint.isEnabled)
        #expect(endpoint.client == ClientSettings())
        #expect(endpoint.client.timeout == .seconds(10))
        #expect(endpoint.ui == UISettings())
        #expect(endpoint.confirmation == Confirmation(attempts: 1))
        #expect(endpoint.allowedAddresses == [])
    }

    /// The same file as JSON, an empty value of every key, and the anchors of Gatus's own examples.
    @Test(arguments: [
        #"{"endpoints": [{"name": "n", "url": "http://a", "conditions": ["[STATUS] == 200"]}]}"#,
        """
        endpoints:
        - {name: n, url: 'http://a', conditions: ['[STATUS] == 200'], group: , method: ~, body: null, headers: , client: ,
           ui: , dns: , ssh: , interval: , enabled: , maintenance-windows: , extra-labels: , graphql: , retry: , allow: }
        """,
        """
        default-endpoint: &defaults
          conditions: ["[STATUS] == 200"]
        x-unknown: {a: 1}
        endpoints:
          - <<: *defaults
            name: n
            url: http://a
        """,
        "endpoints: [{name: n, url: 'http://a', conditions: ['[STATUS] == 200'], interval: 0s, client: {timeout: 0s}}]",
    ])
    func sameEndpoint(text: String) throws {
        let endpoint = try #require(try configuration(text).endpoints.first)
        #expect(endpoint.key == "_n")
        #expect(endpoint.target == .http(url: "http://a"))
        #expect(endpoint.conditions.map(\.text) == ["[STATUS] == 200"])
        #expect(endpoint.interval == .seconds(60))
        #expect(endpoint.client.timeout == .seconds(10))
        #expect(endpoint.isEnabled)
    }

    @Test(
        arguments: [
            ("A b", "C/d_e.f,g#h+i&j", "c-d-e-f-g-h-i-j_a-b"), (" x ", nil, "_x"), ("ÄÖ", "", "_äö"),
            ("a__b", "--", "--_a--b"),
        ] as [(String, String?, String)])
    func keys(name: String, group: String?, expected: String) {
        #expect(Endpoint.key(group: group, name: name) == expected)
    }

    @Test func notUsed() throws {
        let file = try configuration(
            """
            alerting: {slack: {webhook-url: https://hush.example.com}}
            storage:
              type: sqlite
            metrics: true
            endpoints:
              - {name: a, url: "tcp://h:1", conditions: ["[CONNECTED] == true"], ssh: {username: me, password: hush}}
              - {name: b, url: "http://b", conditions: ["[STATUS] == 200"], alerts: [{type: slack}]}
              - {name: c, url: "http://c", conditions: ["[STATUS] == 200"], alerts: [], ui: {badge: {}}}
              - {name: d, url: "sctp://d:1", conditions: ["[CONNECTED] == true"], enabled: false}
            """)
        #expect(file.endpoints.map(\.name) == ["a", "b", "c"])
        #expect(
            file.notUsed == [
                "line 1: alerting (alarms on the metrics, or the notifier)", "line 2: storage (results are metrics)",
                "line 4: metrics (metrics go to CloudWatch)",
                "line 6: endpoints[].ssh (only for ssh://)",
                "line 7 and 1 more: endpoints[].alerts (alarms on the metrics, or the notifier)",
                "line 8: endpoints[].ui.badge (there is no page)", "line 9: endpoints[] (sctp:// is not supported)",
            ])
    }

    @Test func variables() throws {
        let text = "endpoints: [{name: a, url: \"http://$HOST/$1\",\n conditions: ['[BODY] == $$x$']}]"
        let file = try configuration(text, environment: ["HOST": "h.example.com"])
        #expect(file.endpoints.first?.url == "http://h.example.com/")
        #expect(file.endpoints.first?.conditions.first?.text == "[BODY] == $x$")
        #expect(file.unsetVariables == ["line 1: $1 is not set and stands for nothing; write $$ for a dollar sign"])
    }

    @Test func maintenance() throws {
        let file = try configuration(
            """
            maintenance: {start: "10:00", duration: 1h}
            endpoints:
              - {name: a, url: "http://a", conditions: ["[STATUS] == 200"], maintenance-windows: [{start: "12:00", duration: 1h}]}
              - {name: b, url: "http://b", conditions: ["[STATUS] == 200"]}
            """)
        for (hour, expected) in [("09", [false, false]), ("10", [true, true]), ("12", [true, false])] {
            let time = try #require(Timestamp(iso8601: "2026-11-21T\(hour):30:00Z"))
            #expect(file.endpoints.map { file.isInMaintenance($0, at: time) } == expected)
        }
    }
}
