import Basics
import Foundation
import ServiceHistory
import SLAReport
import TextTables
import Testing

@testable import tocsin

@Suite struct ReportTableTests {
    private static func summary(failures: [Int] = [0, 3, 10]) -> ReportSummary {
        let now = Timestamp(secondsSinceEpoch: 1_795_953_600)
        func service(_ name: String, failures: Int) -> SLAReportInput.Service {
            let points = (0..<1_000).map { index in
                HistoryPoint(
                    start: now - .seconds(60 * (1_000 - index)), length: .seconds(60), attempts: 1,
                    successes: index < failures ? 0 : 1)
            }
            return .init(
                id: name, displayName: name, history: .init(name: name, kind: .test, objective: 99.5, points: points))
        }
        var input = SLAReportInput(
            title: "x", generatedAt: now, days: 90,
            ranges: ["1d", "3d", "7d", "14d"].map { .init(text: $0, length: .seconds(86_400 * 14)) })
        for (name, failures) in zip(["a service with a name that is long", "shop", "über"], failures) {
            input.services.append(service(name, failures: failures))
        }
        return ReportSummary(input)
    }

    @Test("columns line up, and no line is longer than the terminal", arguments: [40, 60, 80, 200])
    func widths(width: Int) throws {
        let lines = Self.summary().table.lines(width: width)
        #expect(lines.count == 4)
        #expect(lines.allSatisfy { $0.displayWidth <= width }, "\(lines.joined(separator: "\n"))")
        let header = try #require(lines.first)
        #expect(header.contains("90D"))
        #expect(header.contains("BUDGET OF 30 D") == (width >= 60))
        #expect(header.contains("1D ") == (width == 200))
        // Numbers end where their headings end.
        let end = try #require(header.range(of: "90D")).upperBound
        let column = header.distance(from: header.startIndex, to: end)
        for (line, text) in zip(lines.dropFirst(), ["100 %", "99.70 %", "99.00 %"]) {
            let found = try #require(line.prefix(column).range(of: text, options: .backwards), "\(line)")
            #expect(line.distance(from: line.startIndex, to: found.upperBound) == column, "\(line)")
        }
    }

    @Test("the budget says what is left, and by how much it is overspent")
    func budget() {
        let text = Self.summary(failures: [3, 10, 235]).table.lines(width: 200).joined(separator: "\n")
        #expect(text.contains(" left 40 % "), "\(text)")
        #expect(text.contains(" overspent by 100 % "), "\(text)")
        #expect(text.contains(" overspent 46 times "), "\(text)")
    }
}
