import Basics
import ServiceHistory
import StatusPages
import Testing

@testable import SLAReport

@Suite struct StatusSiteTests {
    /// 12 October 2026, 12:00 UTC.
    private static let now = Timestamp(microseconds: 1_791_806_400_000_000)

    /// Results of each minute of the last hours.
    private static func service(
        _ name: String, hours: Int = 48, bad: Range<Int> = 0..<0, endedMinutesAgo: Int = 0,
        maintenance: [Range<Timestamp>] = []
    ) -> SLAReportInput.Service {
        let minutes = hours * 60
        let points = (0..<minutes).map { minute in
            HistoryPoint(
                start: now - .seconds((minutes - minute + endedMinutesAgo) * 60), length: .seconds(60), attempts: 1,
                successes: bad.contains(minutes - minute) ? 0 : 1, seconds: 0.1)
        }
        let causes = points.filter { $0.failures > 0 }.map { ServiceHistory.Cause(time: $0.start, text: "no <answer>") }
        return SLAReportInput.Service(
            id: name, displayName: name, group: "shop",
            history: ServiceHistory(
                name: name, group: "shop", kind: .check, objective: 99.9, points: points, causes: causes,
                maintenance: maintenance))
    }

    private static func pages(_ services: [SLAReportInput.Service], incidents: [Incident] = []) -> [String: String] {
        var input = SLAReportInput(
            title: "Example", generatedAt: now, services: services, incidents: incidents)
        input.every = .seconds(300)
        let files = StatusSite(input).files()
        return Dictionary(uniqueKeysWithValues: files.map { ($0.path, String(decoding: $0.bytes, as: UTF8.self)) })
    }

    @Test func eachServiceAndIncidentHasAPage() {
        let incident = Incident(
            id: "20261012-abc", title: "Slow <b>", impact: .minor, services: [],
            first: .init(
                id: "1", time: Self.now - .seconds(600), status: .investigating, text: "We look.\n\nMore later."))
        let pages = Self.pages([Self.service("api"), Self.service("web")], incidents: [incident])
        #expect(
            pages.keys.sorted() == [
                "incidents/20261012-abc.html", "index.html", "services/api.html", "services/web.html",
            ])
        let page = pages["incidents/20261012-abc.html"] ?? ""
        #expect(page.containsBytes("<p>We look.</p><p>More later.</p>"))
        #expect(page.containsBytes("<h1>Slow &lt;b&gt;</h1>"))
        #expect(page.containsBytes("href=\"../index.html\""))
    }

    @Test(arguments: [
        ([service("a"), service("b")], "Both services @ up", "are", "were"),
        ([service("a")], "The service @ up", "is", "was"),
        ([service("a", bad: 1..<6), service("b"), service("c")], "1 of 3 services @ down", "is", "was"),
        (
            [service("a", endedMinutesAgo: 120), service("b"), service("c")], "1 of 3 services @ no current data",
            "has", "had"
        ),
        ([service("a", hours: 0)], "The service @ no current data", "has", "had"),
        (
            [service("a", maintenance: [now - .seconds(60)..<now + .seconds(60)])], "The service @ under maintenance",
            "is", "was"
        ),
        ([], "No services @ found", "were", "were"),
    ])
    func theFirstSentenceTellsTheWorst(
        services: [SLAReportInput.Service], sentence: String, now: String, then: String
    ) {
        func with(_ verb: String) -> String { sentence.split(separator: "@").joined(separator: verb) }
        let page = Self.pages(services)["index.html"] ?? ""
        // What an old page says instead.
        let past = "\(with(then)) on 12 Oct 2026, 12:00 UTC"
        #expect(page.containsBytes("<h1 data-then=\"\(past)\">\(with(now))</h1>"))
        #expect(page.containsBytes("<title>\(with(now)) – Example</title>"))
    }

    @Test func theAgeOfThePageCanBeSeenByItsScript() {
        let page = Self.pages([Self.service("a")])["index.html"] ?? ""
        #expect(page.containsBytes("data-made=\"1791806400\" data-every=\"300\""))
        #expect(page.containsBytes("Made 12 Oct 2026, 12:00 UTC by Tocsin, every 5 m."))
    }

    @Test func aServiceTellsItsBudgetAndItsOutages() {
        let page = Self.pages([Self.service("a", bad: 61..<64)])["services/a.html"] ?? ""
        #expect(page.containsBytes("3 results failed; the objective allows 2 in the results so far."))
        #expect(page.containsBytes("<tr><td>12 Oct 10:57<td>3 m<td>no &lt;answer&gt;"))
        #expect(!page.containsBytes("<answer>"))
    }

    @Test func onlyRangesThatWereReadAreOnThePages() throws {
        var input = SLAReportInput(
            title: "Example", generatedAt: Self.now, environment: "acceptance", days: 14,
            services: [Self.service("a", hours: 14 * 24, bad: 61..<64)])
        input.services[0].details = "What customers see"
        let files = StatusSite(input).files()
        for file in files {
            let text = String(decoding: file.bytes, as: UTF8.self)
            #expect(!text.containsBytes("90 d") && !text.containsBytes("30 d") && !text.containsBytes("acceptance"))
            #expect(text.containsBytes("14 days"))
        }
        let page = String(decoding: try #require(files.last).bytes, as: UTF8.self)
        #expect(page.containsBytes("<p data-then=\"On 12 Oct 2026, 12:00 UTC: What customers see. Up since"))
        #expect(page.containsBytes("uptime-7d.svg"))
        let badges = input.badgeFiles().map(\.path)
        #expect(badges.contains("badges/shop_a/uptime-7d.svg"))
        #expect(!badges.contains("badges/shop_a/uptime-30d.svg"))
        #expect(ReportSummary(input).budgetDays == 14)
    }

    @Test func peopleReadTheNamesForPeople() throws {
        var service = Self.service("a", bad: 2..<11)
        service.displayName = "Web shop"
        service.group = nil
        let start = Self.now - .seconds(600)
        var input = SLAReportInput(title: "Example", generatedAt: Self.now, services: [service])
        input.incidents = AutomaticIncidents(names: input.namesForPeople)
            .incidents(
                of: [service.history], in: Self.now - .seconds(86_400)..<Self.now, besides: [], at: Self.now)
        // A service that nobody has is shown as it was told.
        input.incidents.append(
            Incident(
                id: "20261012-abc", title: "Ghost", impact: .minor, services: ["nosuch/thing"],
                first: .init(id: "1", time: start, status: .investigating, text: "?")))
        let files = StatusSite(input).files() + [input.atomFile(), input.calendarFile()]
        for file in files {
            let text = String(decoding: file.bytes, as: UTF8.self)
            #expect(!text.containsBytes("shop/a"), "\(file.path)")
        }
        let index = String(decoding: files[0].bytes, as: UTF8.self)
        #expect(index.containsBytes(">Web shop was down</a>"))
        #expect(index.containsBytes("major · Web shop</p>"))
        let ghost = try #require(files.first { $0.path == "incidents/20261012-abc.html" })
        #expect(String(decoding: ghost.bytes, as: UTF8.self).containsBytes("<li>nosuch/thing</li>"))
    }

    @Test func plansOfOneWindowKeepTheirTitles() throws {
        let window = Self.now + .seconds(3_600)..<Self.now + .seconds(7_200)
        let service = Self.service("a", maintenance: [window, window])
        var input = SLAReportInput(title: "Example", generatedAt: Self.now, services: [service])
        input.maintenance = [
            .init(title: "Move of the database", range: window, services: ["a"]),
            .init(title: "New network", range: window),
        ]
        input.incidents = [
            Incident(
                id: "20261012-abc", title: "New network", impact: .none, services: [], window: window,
                first: .init(id: "1", time: Self.now - .seconds(60), status: .scheduled, text: "All at once."))
        ]
        #expect(input.plannedWork.map(\.title).sorted() == ["Move of the database", "New network"])
        let page = try #require(Self.page("services/a.html", of: input))
        #expect(page.containsBytes("<td>1 h</td><td>Move of the database; New network</td>"))
        #expect(page.split(separator: "<td>12 Oct 13:00</td>").count == 2)
    }

    private static func page(_ path: String, of input: SLAReportInput) -> String? {
        StatusSite(input).files().first { $0.path == path }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test func whatCouldNotBeReadIsTold() {
        var input = SLAReportInput(title: "Example", generatedAt: Self.now, services: [Self.service("a")])
        input.unread = [.init(what: "incidents", reason: "AccessDenied <x>", service: nil)]
        for file in StatusSite(input).files() {
            #expect(
                String(decoding: file.bytes, as: UTF8.self).containsBytes("incidents</strong>: AccessDenied &lt;x&gt;"))
        }
    }
}
