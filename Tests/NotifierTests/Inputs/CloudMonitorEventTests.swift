import Basics
import Events
import Foundation
import JSON
import Testing

@testable import Notifier

/// Every event that CloudMonitor's documentation lists, with the title and severity it becomes.
@Suite struct CloudMonitorEventTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let product, name, level, severity, title: String
        var testDescription: String { "\(product) \(name)" }
    }

    static let file = Samples.folder.appending(path: "cloudmonitor-events.tsv")

    static let rows: [Row] = {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { line in
            let cells = line.split(separator: "\t").map(String.init) + ["", ""]
            return Row(product: cells[0], name: cells[1], level: cells[2], severity: cells[3], title: cells[4])
        }
    }()

    private static func event(_ row: Row, content: JSONValue) -> IncomingEvent {
        let event: JSONValue = [
            "ver": "1.0", "id": "1", "product": .string(row.product), "name": .string(row.name),
            "level": .string(row.level.uppercased()), "userId": "1234567890123456", "regionId": "cn-hangzhou",
            "resourceId": "acs:x:cn-hangzhou:1234567890123456:thing/x-1", "eventTime": "20181226T220114.058+0800",
            "content": content,
        ]
        return IncomingEvent(parsing: event.serialized(), requestID: "r", receivedAt: Samples.receivedAt)
    }

    @Test(arguments: rows)
    func titleAndSeverity(row: Row) throws {
        let content: JSONValue = ["resourceId": "x-1", "eventId": "e-1"]
        let notifications = Self.event(row, content: content).messages.flatMap(\.notifications)
        let notification = try #require(notifications.first)
        #expect(notifications.count == 1)
        #expect(notification.title == "\(row.product) x-1: \(row.title) in China (Hangzhou)")
        #expect(notification.severity.rawValue == row.severity)
        #expect(notification.time == Timestamp(iso8601: "2018-12-26T14:01:14.058Z"))
        #expect(notification.fields.contains(Field("Event id", "e-1")))
        // The content as a string that holds JSON says the same.
        let other = Self.event(row, content: .string(content.description)).messages.flatMap(\.notifications).first
        #expect(other?.fields == notification.fields)
        #expect(other?.title == notification.title)
    }

    @Test func allRowsAreThere() {
        #expect(Self.rows.count == 296)
    }

    @Test(arguments: [
        ("Disk:Stalled:Executing", "Disk:Stalled:Executed"), ("Instance_Failure_Start", "Instance_Failure_End"),
        ("Agent_Status_Stopped", "Agent_Status_Running"), ("sync_job_abnormal", "sync_job_restore"),
        ("Instance:SystemMaintenance.Reboot:Scheduled", "Instance:SystemMaintenance.Reboot:Avoided"),
        ("ipsec_phase1_nego_failed", "ipsec_phase1_nego_success"),
    ])
    func beginningAndEnd(begins: String, ends: String) {
        let (first, last) = (CloudMonitorEventName(begins), CloudMonitorEventName(ends))
        #expect(first.incident == last.incident)
        #expect(!first.isOver && last.isOver)
    }

    @Test(arguments: [
        ("Instance:SystemFailure.Stop:Executed", false), ("Instance:SystemFailure.Stop:Avoided", true),
        ("Instance:SystemFailure.Reboot:Failed", false), ("Something:New:Executed", false), ("", false), (":", false),
    ])
    func whatIsOver(name: String, isOver: Bool) {
        #expect(CloudMonitorEventName(name).isOver == isOver)
    }
}
