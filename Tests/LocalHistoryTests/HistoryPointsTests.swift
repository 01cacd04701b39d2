import Basics
import ServiceHistory
import TestSupport
import Testing

@testable import LocalHistory

/// What a history says about results whose answer is known.
@Suite(.timeLimit(.minutes(1)))
struct HistoryPointsTests {
    private static func history(
        _ results: [ServiceResult], after seconds: Double, _ detail: HistoryDetail = .full
    ) async throws -> ServiceHistory {
        let database = await HistoryDatabase.open(nil) { Issue.record("\($0)") }
        database.record(results: results)
        let now = HistoryStand.noon + .milliseconds(Int64(seconds * 1_000))
        return try #require(database.histories(until: now, detail: detail).first)
    }

    /// `start+length attempts/successes`, in seconds after noon.
    private static func lines(_ points: [HistoryPoint]) -> [String] {
        points.map { point in
            let start = (point.start.microseconds - HistoryStand.noon.microseconds) / 1_000
            let length = Int64(point.length / .milliseconds(1))
            func seconds(_ milliseconds: Int64) -> String {
                milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000)" : "\(Double(milliseconds) / 1_000)"
            }
            return "\(seconds(start))+\(seconds(length)) \(point.attempts)/\(point.successes)"
        }
    }

    @Test("results, then minutes, then hours, each from the start of a longer period on")
    func details() async throws {
        // Every 30 s for two hours and one minute.
        let results = (0...242).map { ServiceResult.at(Double($0) * 30) }
        let detail = HistoryDetail(results: .seconds(100), minutes: .seconds(1_000), hours: .seconds(86_400))
        let history = try await Self.history(results, after: 7_270, detail)
        // 7,270 - 100 s is in the minute from 7,140 on, 7,270 - 1,000 s in the hour from 3,600 on.
        #expect(
            Self.lines(history.points) == ["0+3600 120/120"] + (60..<119).map { "\($0 * 60)+60 2/2" }
                + [7_140, 7_170, 7_200, 7_230, 7_260].map { "\($0)+0 1/1" })
        let hours = HistoryDetail(results: .zero, minutes: .zero, hours: .seconds(86_400))
        #expect(
            Self.lines(try await Self.history(results, after: 7_260, hours).points) == [
                "0+3600 120/120", "3600+3600 120/120", "7200+60 2/2", "7260+0 1/1",
            ])
    }

    @Test func nothingFromTheFutureAndNothingTooOld() async throws {
        let results = [-90_000, -10, 0, 10].map { ServiceResult.at($0) }
        let detail = HistoryDetail(results: .seconds(3_600), minutes: .seconds(3_600), hours: .seconds(86_400))
        #expect(Self.lines(try await Self.history(results, after: 5, detail).points) == ["-10+0 1/1", "0+0 1/1"])
    }

    @Test func timesAndMeans() async throws {
        let results = [ServiceResult.at(0, took: 1), .at(10, took: 2), .at(20, took: nil)]
        let hours = HistoryDetail(results: .zero, minutes: .zero, hours: .seconds(86_400))
        let point = try #require(try await Self.history(results, after: 7_200, hours).points.first)
        #expect(point.seconds == 1.5)
        #expect(point.maximumSeconds == 2)
        #expect(point.attempts == 3)
        let untimed = try await Self.history([.at(0, took: nil)], after: 7_200, hours)
        #expect(untimed.points.first?.seconds == nil)
        #expect(untimed.points.first?.maximumSeconds == nil)
    }

    @Test("an hour is cut at the ends of outages, so that a minute of failure is not an hour of it")
    func outagesAreCutOut() async throws {
        // Every 10 s for an hour; down from 1,205 to 1,265 and from 3,595 on into the next hour.
        let results = (0..<400).map { number in
            let time = Double(number) * 10 + 5
            return ServiceResult.at(time, !(1_205..<1_265).contains(time) && !(3_595..<3_625).contains(time))
        }
        let hours = HistoryDetail(results: .zero, minutes: .zero, hours: .seconds(86_400))
        let history = try await Self.history(results, after: 8_000, hours)
        let lines = Self.lines(history.points)
        #expect(
            lines == [
                "0+1205 120/120", "1205+60 6/0", "1265+2330 233/233", "3595+5 1/0", "3600+25 2/0", "3625+3575 38/38",
            ])
        #expect(history.points.reduce(0) { $0 + $1.attempts } == 400)
        #expect(history.points.reduce(0) { $0 + $1.failures } == 9)
    }

    private static func outages(_ results: [ServiceResult]) async throws -> [String] {
        let database = await HistoryDatabase.open(nil) { Issue.record("\($0)") }
        for result in results { database.record(results: [result]) }
        let range = HistoryStand.noon - .seconds(86_400)..<HistoryStand.noon + .seconds(86_400)
        return (database.outages(in: range)[HistoryStand.web] ?? []).map { outage in
            func seconds(_ time: Timestamp) -> String { "\((time - HistoryStand.noon) / .seconds(1))" }
            return "\(seconds(outage.start))…\(outage.end.map(seconds) ?? "") \(outage.failures) \(outage.cause ?? "-")"
        }
    }

    private struct OutageCase: Sendable {
        let name: String
        let results: [ServiceResult]
        let outages: [String]
    }

    private static let cases = [
        OutageCase(
            name: "from the first bad result to the next good one",
            results: [.at(0), .at(10, false, cause: "timeout"), .at(20, false, cause: "refused"), .at(30)],
            outages: ["10.0…30.0 2 timeout"]),
        OutageCase(name: "it lasts", results: [.at(0), .at(10, false)], outages: ["10.0… 1 -"]),
        OutageCase(
            name: "results stop, and go on well", results: [.at(0, false), .at(10, false), .at(1_000)],
            outages: ["0.0…20.0 2 -"]),
        OutageCase(
            name: "results stop, and go on badly", results: [.at(0, false), .at(10, false), .at(1_000, false)],
            outages: ["0.0…20.0 2 -", "1000.0… 1 -"]),
        OutageCase(
            name: "results that come each ten minutes do not stop",
            results: [.at(0), .at(200), .at(400, false), .at(900, false), .at(1_300)], outages: ["400.0…1300.0 2 -"]),
        OutageCase(
            name: "an outage of what is checked each half hour is one",
            results: [.at(0), .at(1_800, false), .at(3_600, false), .at(5_400, false), .at(7_200)],
            outages: ["1800.0…7200.0 3 -"]),
        OutageCase(
            name: "an outage from the first result on, and results that stop later",
            results: [.at(0, false), .at(1_800, false), .at(3_600, false), .at(20_000)],
            outages: ["0.0…0.0 1 -", "1800.0…3900.0 2 -"]),
        OutageCase(
            name: "a late result changes nothing", results: [.at(0), .at(20, false), .at(15), .at(30)],
            outages: ["20.0…30.0 1 -"]),
        OutageCase(
            name: "the clock goes back an hour", results: [.at(0), .at(10, false), .at(-3_600, false), .at(-3_590)],
            outages: ["-3600.0…-3590.0 1 -", "10.0…20.0 1 -"]),
        OutageCase(
            name: "the clock goes back to the same moment",
            results: [.at(0, false), .at(10), .at(1_000), .at(0, false), .at(10)], outages: ["0.0…10.0 2 -"]),
    ]

    @Test(arguments: cases.indices) func outageEnds(index: Int) async throws {
        let row = Self.cases[index]
        #expect(try await Self.outages(row.results) == row.outages, "\(row.name)")
    }

    @Test("a cause is kept when it changes, and one that changes with each result once a minute")
    func causes() async throws {
        var results: [ServiceResult] = [.at(0)]
        results += (1...12).map { .at(Double($0) * 10, false, cause: "took \($0) s") }
        results += [.at(130), .at(140, false, cause: "refused"), .at(150, false, cause: "refused")]
        let history = try await Self.history(results, after: 200)
        #expect(history.causes.map(\.text) == ["took 1 s", "took 7 s", "refused"])
        let long = try await Self.history([.at(0, false, cause: String(repeating: "x", count: 900))], after: 10)
        #expect(long.causes.first?.text.count == 500)
    }

    @Test func maintenanceThatTouchesIsOne() async throws {
        let database = await HistoryDatabase.open(nil) { Issue.record("\($0)") }
        func window(_ from: Int, _ to: Int) -> Range<Timestamp> {
            HistoryStand.noon + .seconds(from)..<HistoryStand.noon + .seconds(to)
        }
        for range in [window(0, 60), window(300, 360), window(60, 120), window(110, 130)] {
            database.record(maintenance: range, of: HistoryStand.web)
        }
        let history = database.history(of: HistoryStand.web, until: HistoryStand.noon)
        #expect(history?.maintenance == [window(0, 130), window(300, 360)])
    }
}
