import JSON

extension CheckReport {
    /// The report as JUnit XML, as CI systems read it: a suite for each group, a test case for each endpoint.
    ///
    /// Down is a failure, no time to end the check an error, and not up in a maintenance window skipped.
    public var junit: String {
        var groups: [String] = []
        var suites: [String: [CheckResult]] = [:]
        for result in results {
            let group = result.group ?? "endpoints"
            if suites[group, default: []].isEmpty { groups.append(group) }
            suites[group, default: []].append(result)
        }
        var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#]
        lines.append("<testsuites name=\"tocsin\"\(Self.totals(of: results)) time=\"\(duration.inSeconds)\">")
        for group in groups {
            let results = suites[group] ?? []
            let time = results.reduce(Duration.zero) { $0 + $1.duration }
            lines.append(
                "  <testsuite name=\"\(group.xml)\"\(Self.totals(of: results)) time=\"\(time.inSeconds)\" "
                    + "timestamp=\"\(startedAt.iso8601)\">")
            lines += results.map { Self.testCase($0, in: group) }
            lines.append("  </testsuite>")
        }
        return (lines + ["</testsuites>", ""]).joined(separator: "\n")
    }

    private static func totals(of results: [CheckResult]) -> String {
        func count(_ state: CheckRow.State) -> Int { results.count { CheckRow($0).state == state } }
        return " tests=\"\(results.count)\" failures=\"\(count(.down))\" errors=\"\(count(.timedOut))\" "
            + "skipped=\"\(count(.inMaintenance))\""
    }

    private static func testCase(_ result: CheckResult, in group: String) -> String {
        let start =
            "    <testcase classname=\"\(group.xml)\" name=\"\(result.name.xml)\" time=\"\(result.duration.inSeconds)\""
        let row = CheckRow(result)
        let first = (row.problems.first ?? "").xml
        let text = (row.problems + row.notes).map(\.xml).joined(separator: "\n")
        let outcome: String
        switch row.state {
        case .up: return start + "/>"
        case .down: outcome = "<failure type=\"down\" message=\"\(first)\">\(text)</failure>"
        case .timedOut: outcome = "<error type=\"timed-out\" message=\"\(first)\">\(text)</error>"
        case .inMaintenance: outcome = "<skipped message=\"in maintenance: \(first)\"/>"
        }
        return "\(start)>\(outcome)</testcase>"
    }
}

extension Duration {
    /// Seconds, to the millisecond.
    fileprivate var inSeconds: Double { inMilliseconds.rounded() / 1_000 }
}

extension String {
    /// The text for XML 1.0, for attributes too; characters that it cannot have are replaced.
    fileprivate var xml: String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "\t", "\n", "\r": text += "&#\(scalar.value);"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
