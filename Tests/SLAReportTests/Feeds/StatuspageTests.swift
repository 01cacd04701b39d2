import Basics
import JSON
import ServiceHistory
import Testing

@testable import SLAReport

@Suite struct StatuspageTests {
    private func json(_ input: SLAReportInput, _ name: String) throws -> JSONValue {
        try JSONValue(parsing: try #require(input.file("api/v2/\(name).json")))
    }

    @Test("all paths that Statuspage's clients ask for, each with the page")
    func paths() throws {
        let files = SLAReportInput.sample().statuspageFiles()
        #expect(
            files.map(\.path) == [
                "api/v2/status.json", "api/v2/summary.json", "api/v2/components.json", "api/v2/incidents.json",
                "api/v2/incidents/unresolved.json", "api/v2/scheduled-maintenances.json",
                "api/v2/scheduled-maintenances/upcoming.json", "api/v2/scheduled-maintenances/active.json",
            ])
        for file in files {
            #expect(try JSONValue(parsing: file.bytes)["page"]?["name"] == "Example")
            #expect(file.contentType == "application/json; charset=utf-8")
        }
    }

    @Test("the bytes of a page whose services all work")
    func bytes() throws {
        let input = SLAReportInput.sample()
        #expect(
            input.file("api/v2/status.json")
                == #"{"page":{"id":"993465b21aa3","name":"Example","url":"https://status.example.com","time_zone":"Etc/UTC","updated_at":"2026-11-29T12:00:00.000Z"},"status":{"indicator":"none","description":"All Systems Operational"}}"#
        )
        let component = try #require(try json(input, "components")["components"]?[1])
        #expect(
            component.description
                == #"{"id":"7ed0dad2b3a6","name":"api","status":"operational","created_at":"2026-11-29T10:00:00.000Z","updated_at":"2026-11-29T10:00:00.000Z","position":1,"description":null,"showcase":false,"start_date":null,"group_id":"07e6c6da79ec","page_id":"993465b21aa3","group":false,"only_show_if_degraded":false}"#
        )
    }

    @Test(
        "the page's state by those of the services",
        arguments: [
            (["+", "+"], "none", "All Systems Operational"), (["+", "----+"], "minor", "Partially Degraded Service"),
            (["+", "~"], "major", "Partial System Outage"), (["+", "+", "-"], "major", "Partial System Outage"),
            (["+", "-"], "critical", "Major Service Outage"), (["-"], "critical", "Major Service Outage"),
            ([], "minor", "No Current Data"),
        ] as [([String], String, String)])
    func indicator(last: [String], indicator: String, text: String) throws {
        let input = SLAReportInput.sample(last.enumerated().map { .sample("s\($0)", last: $1) })
        for name in ["status", "summary"] {
            #expect(
                try json(input, name)["status"] == ["indicator": .string(indicator), "description": .string(text)])
        }
    }

    @Test(
        "a page of which something has no current data does not say that all works",
        arguments: [
            // Minutes of the last result; nil for a service that never had one.
            ([-15], [], "none", "All Systems Operational"), ([-16], [], "minor", "No Current Data"),
            ([nil], [], "minor", "No Current Data"), ([nil, -16], [], "minor", "No Current Data"),
            ([-15, nil], [], "minor", "Some Services Have No Current Data"),
            ([nil], ["s0"], "none", "Service Under Maintenance"),
            ([nil, -15], ["s0"], "none", "Service Under Maintenance"),
            ([nil, nil], ["s0"], "minor", "No Current Data"),
        ] as [([Int?], [String], String, String)])
    func unknown(last: [Int?], work: [String], indicator: String, text: String) throws {
        let services = last.enumerated().map { index, minute in
            SLAReportInput.Service.sample(
                "s\(index)", count: minute == nil ? 0 : 120, until: minute ?? 0,
                maintenance: work.contains("s\(index)") ? [minutes(-5)..<minutes(5)] : [])
        }
        func status(_ input: SLAReportInput) throws -> JSONValue? { try json(input, "status")["status"] }
        #expect(try status(.sample(services)) == ["indicator": .string(indicator), "description": .string(text)])
        // One that is known to be worse tells more.
        let worse = try status(.sample(services + [.sample("bad", last: "----+")]))
        #expect(worse?["description"] == "Partially Degraded Service")
    }

    @Test("the state of components, of groups the worst of their members, and places in their order")
    func components() throws {
        let window = minutes(-5)..<minutes(5)
        let input = SLAReportInput.sample([
            .sample("alone", group: nil), .sample("api", last: "~"), .sample("web", last: "-", maintenance: [window]),
            .sample("db", group: "inner", last: "----+"), .sample("mail", group: "outer", maintenance: [window]),
            .sample("last", group: nil, last: "-"),
        ])
        let components = try #require(try json(input, "components")["components"]?.arrayValue)
        let rows = components.map { component in
            [
                component["name"]?.stringValue ?? "", component["status"]?.stringValue ?? "",
                "\(component["position"]?.intValue ?? 0)", component["group"] == true ? "group" : "",
            ]
        }
        #expect(
            rows == [
                ["alone", "operational", "1", ""], ["shop", "partial_outage", "2", "group"],
                ["api", "partial_outage", "1", ""], ["web", "under_maintenance", "2", ""],
                ["inner", "degraded_performance", "3", "group"], ["db", "degraded_performance", "1", ""],
                ["outer", "under_maintenance", "4", "group"], ["mail", "under_maintenance", "1", ""],
                ["last", "major_outage", "5", ""],
            ])
        #expect(components[1]["components"] == .array([components[2]["id"] ?? .null, components[3]["id"] ?? .null]))
        #expect(components[2]["group_id"] == components[1]["id"])
        #expect(components[0]["group_id"] == .null)
        #expect(Set(components.compactMap { $0["id"]?.stringValue }).count == components.count)
    }

    @Test("identifiers follow from names: others do not change them, and equal names have different ones")
    func identifiers() throws {
        func ids(_ services: [SLAReportInput.Service]) throws -> [String] {
            try (json(.sample(services), "components")["components"]?.arrayValue ?? []).filter { $0["group"] == false }
                .compactMap { $0["id"]?.stringValue }
        }
        let one = try ids([.sample("api")])
        #expect(try ids([.sample("aaa"), .sample("api")]).last == one.first)
        #expect(one.allSatisfy { $0.utf8.count == 12 })
        var twin = SLAReportInput.Service.sample("api")
        twin.id = "shop-api-2"
        #expect(try Set(ids([.sample("api"), twin])).count == 2)
        // Two spellings of one letter are two groups, each with its member.
        let spelt = try json(.sample([.sample("a", group: "\u{E9}"), .sample("b", group: "e\u{301}")]), "components")
        let groups = spelt["components"]?.arrayValue?.filter { $0["group"] == true } ?? []
        #expect(groups.map { $0["components"]?.arrayValue?.count } == [1, 1])
        // A separator in a name does not make two names of one.
        #expect(try ids([.sample("c", group: "a\nb")]) != ids([.sample("b\nc", group: "a")]))
    }

    @Test("a component tells that its results stopped, or never came")
    func descriptions() throws {
        let input = SLAReportInput.sample([
            .sample("late", group: nil, until: -60), .sample("new", group: nil, count: 0),
        ])
        let components = try json(input, "components")["components"]
        #expect(components?[0]?["description"] == "No current data: there are no results since 2026-11-29T11:00:00Z.")
        #expect(components?[0]?["status"] == "degraded_performance")
        #expect(components?[1]?["description"] == "No current data: there are no results yet.")
    }

    @Test("incidents with their updates, the newest first, and what is open of them")
    func incidents() throws {
        let open = Incident.failure("20261129-open1", services: ["shop/api"]).with(.monitoring, at: 0)
        let over = Incident.failure("20261129-over1", services: ["mail"]).with(.resolved, at: 0)
        var input = SLAReportInput.sample([.sample("api"), .sample("mail", group: nil)], incidents: [open, over])
        input.incidents[1].postMortem = .init(time: noon, text: "A full disk.")
        let incidents = try #require(try json(input, "incidents")["incidents"]?.arrayValue)
        #expect(incidents.map { $0["status"] } == ["monitoring", "postmortem"])
        #expect(incidents[0]["incident_updates"]?.arrayValue?.map { $0["status"] } == ["monitoring", "investigating"])
        #expect(incidents[0]["incident_updates"]?[1]?["body"] == "We look into it.")
        #expect(incidents[0]["monitoring_at"] == "2026-11-29T12:00:00.000Z")
        #expect(incidents[0]["resolved_at"] == .null)
        #expect(incidents[0]["impact"] == "major")
        #expect(incidents[0]["shortlink"] == "https://status.example.com/incidents/20261129-open1.html")
        #expect(incidents[0]["components"]?.arrayValue?.map { $0["name"] } == ["api"])
        #expect(incidents[0]["incident_updates"]?[0]?["incident_id"] == incidents[0]["id"])
        #expect(incidents[1]["resolved_at"] == "2026-11-29T12:00:00.000Z")
        #expect(incidents[1]["incident_updates"]?[0]?["body"] == "A full disk.")
        #expect(incidents[1]["components"]?.arrayValue?.map { $0["name"] } == ["mail"])
        for name in ["incidents/unresolved", "summary"] {
            #expect(try json(input, name)["incidents"]?.arrayValue?.map { $0["id"] } == [incidents[0]["id"]])
        }
        #expect(try json(input, "scheduled-maintenances")["scheduled_maintenances"] == [])
    }

    @Test(
        "planned work before, in and after its window",
        arguments: [(9, "scheduled", 1, 0), (10, "in_progress", 0, 1), (20, "completed", 0, 0)])
    func maintenance(minute: Int, status: String, upcoming: Int, active: Int) throws {
        var input = SLAReportInput.sample(incidents: [.work()])
        input.generatedAt = minutes(minute)
        let all = try #require(try json(input, "scheduled-maintenances")["scheduled_maintenances"]?.arrayValue)
        #expect(all.map { $0["status"]?.stringValue } == [status])
        #expect(all[0]["impact"] == "maintenance")
        #expect(all[0]["scheduled_for"] == "2026-11-29T12:10:00.000Z")
        #expect(all[0]["scheduled_until"] == "2026-11-29T12:20:00.000Z")
        func count(_ name: String) throws -> Int? {
            try json(input, name)["scheduled_maintenances"]?.arrayValue?.count
        }
        #expect(try count("scheduled-maintenances/upcoming") == upcoming)
        #expect(try count("scheduled-maintenances/active") == active)
        #expect(try count("summary") == upcoming + active)
        #expect(try json(input, "incidents")["incidents"] == [])
    }

    @Test("windows of the configuration are planned work, once, and the next one comes first")
    func windows() throws {
        var input = SLAReportInput.sample(incidents: [.work()])
        input.maintenance = [
            .init(title: "New database", range: minutes(10)..<minutes(20)),
            .init(title: "Backup", range: minutes(60)..<minutes(70), services: ["shop-api"]),
        ]
        let upcoming = try #require(
            try json(input, "scheduled-maintenances/upcoming")["scheduled_maintenances"]?.arrayValue)
        #expect(upcoming.map { $0["name"] } == ["New database", "Backup"])
        #expect(upcoming[1]["components"]?.arrayValue?.map { $0["name"] } == ["api"])
        #expect(upcoming[1]["incident_updates"]?[0]?["body"] == "Backup is planned.")
    }

    @Test("at most fifty incidents, as Statuspage gives", arguments: [(50, 50), (51, 50)])
    func limit(count: Int, listed: Int) throws {
        let incidents = (0..<count).map { Incident.failure("20261129-\($0)") }
        #expect(try json(.sample(incidents: incidents), "incidents")["incidents"]?.arrayValue?.count == listed)
    }

    @Test(
        "an incident of all services names fifty of them, so that no file becomes too large",
        arguments: [(50, 50), (51, 50)])
    func concerned(count: Int, listed: Int) throws {
        let services = (0..<count).map { SLAReportInput.Service.sample("s\($0)", count: 1) }
        let input = SLAReportInput.sample(services, incidents: [.failure(services: [])])
        let incident = try json(input, "incidents")["incidents"]?[0]
        #expect(incident?["components"]?.arrayValue?.count == listed)
        #expect(incident?["incident_updates"]?[0]?["affected_components"]?.arrayValue?.count == listed)
    }

    @Test("names that people wrote become those of the metrics, and unknown ones stay")
    func names() {
        var service = SLAReportInput.Service.sample("Web shop", group: "Customers")
        (service.history.group, service.history.name) = ("shop", "api")
        let input = SLAReportInput.sample([service, .sample("mail", group: nil)])
        let incident = Incident.failure(services: ["Web shop", "mail", "unknown"])
        #expect(input.named([incident]).map(\.services) == [["shop/api", "mail", "unknown"]])
        #expect(input.named([.failure(services: [])]).map(\.services) == [[]])
    }
}
