import Basics

/// Queries with a place for the range of time, as Sloth writes them: `rate(requests_total[{{.window}}])`.
public enum PromQLTemplate {
    /// What is wrong with a query; nil when it can be used.
    public static func fault(in query: String) -> String? {
        let normal = normal(query)
        guard normal.containsBytes(Indicator.window) else {
            return "the query has no {{.window}}: put it where the range of time belongs, as in "
                + "rate(requests_total[{{.window}}])"
        }
        guard !normal.replacingBytes(Indicator.window, with: "").containsBytes("{{") else {
            return "only {{.window}} is filled in: write out every other {{…}}"
        }
        return nil
    }

    /// With white space around the query and in `{{ .window }}` taken away.
    public static func normal(_ query: String) -> String {
        var result: [UInt8] = []
        var rest = Array(query.trimmingWhitespace.utf8)[...]
        let (open, close) = (Array("{{".utf8), Array("}}".utf8))
        while let byte = rest.first {
            if rest.starts(with: open),
                let end = rest.indices.first(where: { rest[$0...].starts(with: close) }),
                String(decoding: rest[(rest.startIndex + 2)..<end], as: UTF8.self).trimmingWhitespace == ".window"
            {
                result += Indicator.window.utf8
                rest = rest[(end + 2)...]
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// An indicator of two queries without a fault.
    public static func events(bad: String, total: String) -> Indicator {
        let (bad, total) = (normal(bad), normal(total))
        return .promQLEvents(bad: bad, total: total, unit: unit(of: bad) == unit(of: total) ? unit(of: bad) : .unknown)
    }

    /// What the value of a query is, by the function that has the range.
    static func unit(of query: String) -> Indicator.EventUnit {
        let functions: Set<Substring> = Set(
            query.split { !($0.isLetter || $0.isNumber || $0 == "_") })
        let isRate = functions.contains("rate") || functions.contains("irate")
        let counts: Set<Substring> = ["increase", "sum_over_time", "count_over_time"]
        let isCount = !functions.isDisjoint(with: counts)
        if isRate == isCount { return .unknown }
        return isRate ? .perSecond : .events
    }
}
