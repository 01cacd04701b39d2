import Basics
import JSON
import SLAReport
import TestSupport
import Testing

/// 2026-11-29T12:00:00Z; other times are minutes after it.
let noon = Timestamp(iso8601: "2026-11-29T12:00:00Z") ?? Timestamp(microseconds: 0)

func minutes(_ count: Int) -> Timestamp { noon + .seconds(60 * count) }

extension Incident {
    /// A failure of `shop/api`, opened at noon.
    static func failure(_ id: String = "20261129-aaaaa", services: [String] = ["shop/api"]) -> Incident {
        Incident(
            id: id, title: "Checkout is slow", impact: .major, services: services,
            first: .init(id: "u0", time: noon, status: .investigating, text: "We look into it."))
    }

    /// Work from minute 10 to minute 20, planned at a minute.
    static func work(plannedAt minute: Int = 0) -> Incident {
        Incident(
            id: "20261129-bbbbb", title: "New database", impact: .none, services: ["shop/api"],
            window: minutes(10)..<minutes(20),
            first: .init(id: "u0", time: minutes(minute), status: .scheduled, text: "Orders are read-only."))
    }

    func with(_ status: Status, at minute: Int, id: String = "u1") -> Incident {
        var copy = self
        copy.add(.init(id: id, time: minutes(minute), status: status, text: "\(status)"))
        return copy
    }
}

@Suite struct IncidentTests {
    @Test("updates stand in the order of their times, and each is kept once")
    func order() {
        let incident = Incident.failure().with(.resolved, at: 9, id: "c").with(.identified, at: 3, id: "a")
            .with(.monitoring, at: 3, id: "b").with(.investigating, at: 12, id: "a")
        #expect(incident.updates.map(\.id) == ["u0", "a", "b", "c"])
        #expect(incident.status == .resolved)
        #expect(incident.endedAt(minutes(30)) == minutes(9))
    }

    @Test("a remark does not move the end, opening it again takes it away")
    func end() {
        let over = Incident.failure().with(.resolved, at: 5)
        #expect(over.with(.resolved, at: 7, id: "u2").endedAt(minutes(30)) == minutes(5))
        let again = over.with(.investigating, at: 7, id: "u2")
        #expect(again.endedAt(minutes(30)) == nil)
        #expect(again.with(.resolved, at: 9, id: "u3").endedAt(minutes(30)) == minutes(9))
        #expect(again.createdAt == noon)
    }

    @Test(
        "planned work goes on by itself, on both sides of its window's ends",
        arguments: [
            (9, Incident.Status.scheduled, nil as Int?), (10, .inProgress, nil), (19, .inProgress, nil),
            (20, .completed, 20), (600, .completed, 20),
        ])
    func work(minute: Int, status: Incident.Status, end: Int?) {
        let work = Incident.work()
        #expect(work.status(at: minutes(minute)) == status)
        #expect(work.endedAt(minutes(minute)) == end.map(minutes))
        #expect(work.startedAt(minutes(minute)) == minutes(10))
    }

    @Test("work that is told of after its begin, or its end, has its window all the same", arguments: [12, 20, 40])
    func lateWork(minute: Int) {
        let work = Incident.work(plannedAt: minute)
        #expect(work.maintenance(at: minutes(60)) == minutes(10)..<minutes(20))
        #expect(work.status(at: minutes(60)) == .completed)
        #expect(work.updates(at: minutes(60)).map(\.status).first == .scheduled)
    }

    @Test("the time of maintenance ends when people say so, begins early, and is none when it was called off")
    func maintenance() {
        let now = minutes(60)
        #expect(Incident.work().with(.completed, at: 15).maintenance(at: now) == minutes(10)..<minutes(15))
        #expect(Incident.work().with(.inProgress, at: 5).maintenance(at: now) == minutes(5)..<minutes(20))
        #expect(Incident.work().with(.completed, at: 8).maintenance(at: now) == nil)
        #expect(Incident.work().with(.completed, at: 8).status(at: now) == .completed)
        // It is still worked on: until now, and until it is said to be over.
        let longer = Incident.work().with(.inProgress, at: 25)
        #expect(longer.maintenance(at: minutes(40)) == minutes(10)..<minutes(40))
        #expect(
            longer.with(.completed, at: 45, id: "u2").maintenance(at: now) == minutes(10)..<minutes(45))
        #expect(Incident.failure().maintenance(at: now) == nil)
    }

    @Test("maintenance of a service is its own and that of all")
    func maintenanceOfService() {
        var all = Incident.work()
        all.services = []
        all.window = minutes(30)..<minutes(40)
        let incidents = [all, Incident.work(), .failure()]
        #expect(
            incidents.maintenance(of: "shop/api", at: minutes(60)) == [
                minutes(10)..<minutes(20), minutes(30)..<minutes(40),
            ]
        )
        #expect(incidents.maintenance(of: "mail", at: minutes(60)) == [minutes(30)..<minutes(40)])
    }

    @Test("what is stored is read as it was", arguments: [Incident.failure(), .work(), .failure(services: [])])
    func json(incident: Incident) throws {
        var incident = incident.with(.monitoring, at: 3)
        incident.add(.init(id: "x", time: minutes(4), status: .monitoring, text: "a\n\"b\" 🎉", author: "ada"))
        incident.postMortem = .init(time: minutes(90), text: "A full disk.")
        incident.isAutomatic = true
        try incident.edit(at: minutes(91)) { $0.title = "Another" }
        #expect(try Incident(JSONValue(parsing: incident.json.description)) == incident)
    }

    @Test("a document of before, without changes, is read, and a damaged count of them is told")
    func olderDocument() throws {
        let text = Incident.work().json.description
        #expect(!text.contains("changedAt"))
        #expect(!text.contains("revision"))
        let incident = try Incident(JSONValue(parsing: text))
        #expect(incident.changedAt == nil)
        #expect(incident.revision == 0)
        for (count, isRead) in [(0, true), (1_000_000, true), (1_000_001, false), (-1, false)] {
            let json = try JSONValue(parsing: "{\"revision\":\(count)," + text.dropFirst())
            #expect(((try? Incident(json)) != nil) == isRead, "\(count)")
        }
    }

    @Test(
        "changes of title, impact, services, window and post-mortem are noted; what stays as it is is none",
        arguments: ["title", "impact", "services", "window", "post-mortem"])
    func changes(member: String) throws {
        func change(_ incident: inout Incident, at minute: Int) throws {
            try incident.edit(at: minutes(minute)) { incident throws(IncidentError) in
                switch member {
                case "title": incident.title = "Another"
                case "impact": incident.impact = .critical
                case "services": incident.services = ["mail"]
                case "window": try incident.move(to: minutes(90)..<minutes(99))
                default: incident.postMortem = .init(time: minutes(12), text: "A full disk.")
                }
            }
        }
        var incident = Incident.work()
        try change(&incident, at: 12)
        #expect(incident.updatedAt(minutes(12)) == minutes(12))
        #expect(incident.version(minutes(12)) > Incident.work().version(minutes(12)))
        #expect(incident.revision == 1)
        let before = incident
        try change(&incident, at: 50)
        #expect(incident == before)
    }

    @Test(
        "a version never goes back, also when a window is moved that has begun, or has ended", arguments: [9, 10, 20])
    func version(minute: Int) throws {
        var incident = Incident.work()
        let before = incident.version(minutes(minute))
        try incident.edit(at: minutes(minute)) { incident throws(IncidentError) in
            try incident.move(to: minutes(600)..<minutes(660))
        }
        #expect(incident.version(minutes(minute)) > before)
        #expect(incident.updatedAt(minutes(minute)) == minutes(minute))
    }

    @Test("an update that is put before others is a change, one at the end needs no more", arguments: [(4, 1), (5, 0)])
    func earlierUpdate(minute: Int, revision: Int) throws {
        var incident = Incident.failure().with(.identified, at: 5)
        for _ in 0..<2 {
            try incident.say(
                "x", status: nil, at: minutes(minute), now: minutes(30), reopening: false, id: "n", author: nil)
        }
        #expect(incident.revision == revision)
        #expect(incident.updatedAt(minutes(30)) == minutes(revision == 1 ? 30 : 5))
    }

    @Test(
        "what is no incident is told by its member",
        arguments: [
            ("{}", "updates"), (#"{"updates": []}"#, "updates"),
            (#"{"updates": [{"id": "a", "time": "yesterday", "status": "resolved", "text": ""}]}"#, "time"),
            (#"{"updates": [{"id": "a", "time": "2026-11-29T12:00:00Z", "status": "done", "text": ""}]}"#, "status"),
            (
                #"{"impact": "huge", "updates": [{"id": "a", "time": "2026-11-29T12:00:00Z", "status": "resolved", "text": ""}]}"#,
                "impact"
            ),
            (
                #"{"id": "../x", "impact": "none", "updates": [{"id": "a", "time": "2026-11-29T12:00:00Z", "status": "resolved", "text": ""}]}"#,
                "id"
            ),
        ])
    func unreadable(text: String, member: String) throws {
        let json = try JSONValue(parsing: text)
        let error = try #require(throws: IncidentError.self) { try Incident(json) }
        #expect(error.code == .unreadable)
        #expect(error.message.hasPrefix("\(member):"))
    }

    @Test("what people cannot say is refused with what to do instead")
    func refusals() throws {
        let over = Incident.failure().with(.resolved, at: 5)
        func refusal(_ incident: Incident, _ status: Incident.Status?, _ minute: Int) -> String? {
            var copy = incident
            do {
                try copy.say(
                    "text", status: status, at: minutes(minute), now: minutes(60), reopening: false, id: "n",
                    author: nil)
                return nil
            } catch { return error.code == .refused ? error.message : "\(error.code)" }
        }
        #expect(
            refusal(over, .monitoring, 6)?.hasSuffix("open it again by --reopen, or leave out --status to add a remark")
                == true)
        #expect(refusal(over, nil, 6) == nil)
        #expect(refusal(over, .resolved, 6) == nil)
        #expect(refusal(.failure(), .monitoring, 0) == nil)
        #expect(refusal(.failure(), .monitoring, -1)?.contains("was opened at 2026-11-29T12:00:00Z") == true)
        #expect(
            refusal(.failure(), .completed, 1)
                == "20261129-aaaaa is no maintenance: expected as --status investigating, identified, monitoring or resolved"
        )
        #expect(
            refusal(.work(), .resolved, 1)
                == "20261129-bbbbb is a maintenance: expected as --status scheduled, in_progress or completed")
    }

    @Test("a remark takes the status that held at its time")
    func remark() throws {
        var incident = Incident.failure().with(.identified, at: 3).with(.resolved, at: 9, id: "u2")
        try incident.say("x", status: nil, at: minutes(5), now: minutes(60), reopening: false, id: "n", author: nil)
        #expect(incident.updates.map(\.status) == [.investigating, .identified, .identified, .resolved])
    }
}
