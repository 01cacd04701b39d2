internal import Basics

extension SLAReportInput {
    /// Planned work and incidents as a calendar to subscribe to, `calendar.ics` (iCalendar, RFC 5545).
    ///
    /// All times are UTC, so that no rules of time zones have to be in it; calendars show them in the reader's zone.
    public func calendarFile() -> ReportFile {
        var calendar = CalendarText()
        calendar.line("BEGIN:VCALENDAR")
        calendar.line("VERSION:2.0")
        calendar.line("PRODID:-//Tocsin//SLA report \(TocsinVersion.current)//EN")
        calendar.line("CALSCALE:GREGORIAN")
        calendar.line("METHOD:PUBLISH")
        calendar.text("NAME", title)
        calendar.text("X-WR-CALNAME", title)
        calendar.line("REFRESH-INTERVAL;VALUE=DURATION:PT15M")
        calendar.line("X-PUBLISHED-TTL:PT15M")
        let events = plannedWork.prefix(500) + incidents.filter { !$0.isMaintenance }.prefix(500)
        let names = namesForPeople
        for incident in events { write(incident.naming(names), to: &calendar) }
        calendar.line("END:VCALENDAR")
        return ReportFile(path: "calendar.ics", contentType: "text/calendar; charset=utf-8", bytes: calendar.bytes)
    }

    private func write(_ incident: Incident, to calendar: inout CalendarText) {
        let updates = incident.updates(at: generatedAt)
        calendar.line("BEGIN:VEVENT")
        calendar.line("UID:\(incident.uuid)")
        // What a changed event is compared by; the same event gives the same bytes in each report.
        calendar.line("SEQUENCE:\(incident.version(generatedAt))")
        calendar.line("DTSTAMP:\(incident.updatedAt(generatedAt).calendarTime)")
        calendar.line("CREATED:\(incident.createdAt.calendarTime)")
        calendar.line("LAST-MODIFIED:\(incident.updatedAt(generatedAt).calendarTime)")
        let (start, end) = span(of: incident)
        calendar.line("DTSTART:\(start.calendarTime)")
        // An end that is not after the start, in whole seconds, is an error in RFC 5545: then the event is a moment.
        if start.calendarTime != end.calendarTime { calendar.line("DTEND:\(end.calendarTime)") }
        calendar.text("SUMMARY", incident.title)
        let services = incident.services.isEmpty ? "" : "Services: \(incident.services.joined(separator: ", "))\n\n"
        let body = updates.reversed().map { update in
            "\(update.time.iso8601(fractionDigits: 0)) \(update.status.heading)\n\(update.text)"
        }
        let postMortem = incident.postMortem.map { "Post-mortem\n\($0.text)\n\n" } ?? ""
        calendar.text("DESCRIPTION", services + postMortem + body.joined(separator: "\n\n"))
        calendar.text("CATEGORIES", incident.isMaintenance ? "Maintenance" : "Incident")
        let isCancelled = incident.isMaintenance && incident.maintenance(at: generatedAt) == nil
        calendar.line("STATUS:\(isCancelled ? "CANCELLED" : "CONFIRMED")")
        calendar.line("TRANSP:TRANSPARENT")
        if let address = address(of: incident) { calendar.line("URL:\(xmlText(address))") }
        calendar.line("END:VEVENT")
    }

    /// An incident that lasts has reached the report so far.
    private func span(of incident: Incident) -> (start: Timestamp, end: Timestamp) {
        if let window = incident.maintenance(at: generatedAt) ?? incident.window {
            return (window.lowerBound, window.upperBound)
        }
        return (incident.createdAt, max(incident.createdAt, incident.endedAt(generatedAt) ?? generatedAt))
    }
}

extension Timestamp {
    /// `20261129T140300Z`.
    fileprivate var calendarTime: String { iso8601Basic }
}

/// Lines of iCalendar: folded at 75 octets, ended by CRLF.
struct CalendarText {
    private(set) var bytes: [UInt8] = []

    private static let maximumLine = 75

    /// A property with a value of type TEXT, escaped.
    mutating func text(_ name: String, _ value: String) { line("\(name):\(Self.escaped(value))") }

    /// A line of this program's own, or one that is escaped already.
    mutating func line(_ line: String) {
        var used = 0
        for scalar in line.unicodeScalars {
            let encoded = Array(String(scalar).utf8)
            // A character is not torn apart; the space that begins the next line counts.
            if used + encoded.count > Self.maximumLine {
                bytes += "\r\n ".utf8
                used = 1
            }
            bytes += encoded
            used += encoded.count
        }
        bytes += "\r\n".utf8
    }

    /// RFC 5545, 3.3.11: `\`, `;`, `,` and line ends are escaped; control characters have no place in a text.
    static func escaped(_ text: String) -> String {
        var result = ""
        var wasReturn = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case ";": result += "\\;"
            case ",": result += "\\,"
            case "\n" where wasReturn: break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": result += "\\n"
            case "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
            wasReturn = scalar == "\r"
        }
        return result
    }
}
