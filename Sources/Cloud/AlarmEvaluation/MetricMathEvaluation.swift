import Basics
import CloudWatchAlarms
import Glibc

/// A value of an expression.
enum MathValue: Sendable {
    case scalar(Double)
    case series(MathSeries)
    case array([MathSeries])
}

/// Values by period; nil where there is none.
struct MathSeries: Sendable, Hashable {
    var values: [Double?]
    /// The metric's period in seconds; nil for the result of an expression.
    var period: Int?
}

/// What an expression can refer to, and the periods it is evaluated for.
struct MathScope {
    /// Oldest first.
    let slots: [MetricSlot]
    /// The metrics among the queries, in order, for `METRICS()`.
    let metrics: [(id: String, series: MathSeries)]
    /// The value of another query.
    let value: (String) throws(AlarmEvaluationError) -> MathValue
}

extension MetricMath {
    /// The value of the expression.
    /// - Throws: ``AlarmEvaluationError`` for kinds that do not go together.
    func value(in scope: MathScope) throws(AlarmEvaluationError) -> MathValue { try scope.value(of: root) }
}

extension MathScope {
    func value(of node: MetricMath.Node) throws(AlarmEvaluationError) -> MathValue {
        switch node {
        case .number(let number): return .scalar(number)
        case .id(let id, let column):
            do throws(AlarmEvaluationError) {
                return try value(id)
            } catch {
                throw error.code == .unknownName
                    ? AlarmEvaluationError(.unknownName, "column \(column): \(error.message)") : error
            }
        case .array(let nodes):
            var all: [MathSeries] = []
            for node in nodes { all += try list(node, "[…]") }
            return .array(all)
        case .negated(let node): return Self.map(try value(of: node)) { -$0 }
        case .binary(let sign, let left, let right):
            return try combine(try value(of: left), try value(of: right), sign)
        case .call(let function, let arguments, let column):
            do throws(AlarmEvaluationError) {
                return try call(function, arguments)
            } catch {
                guard error.code == .wrongType, !error.message.hasPrefix("column ") else { throw error }
                throw AlarmEvaluationError(.wrongType, "column \(column): \(error.message)")
            }
        case .text(let text): throw Self.wrong("the text \"\(text)\" is no number and no series")
        case .keyword(let word): throw Self.wrong("\(word) is no number and no series")
        }
    }

    private static func wrong(_ message: String) -> AlarmEvaluationError { AlarmEvaluationError(.wrongType, message) }

    private func call(
        _ function: MathFunction, _ arguments: [MetricMath.Node]
    ) throws(AlarmEvaluationError) -> MathValue {
        switch function {
        case .metrics: return try metrics(containing: arguments.first)
        case .if: return try condition(arguments)
        case .fill: return try fill(arguments)
        case .sort: return try sort(arguments)
        case .slice: return try slice(arguments)
        case .timeSeries:
            guard case .scalar(let number) = try value(of: arguments[0]) else {
                throw Self.wrong("TIME_SERIES takes a number, not a series")
            }
            return .series(constant(number))
        case .metricCount: return .scalar(Double(try list(arguments[0], function.rawValue).count))
        case .period:
            guard case .series(let series) = try value(of: arguments[0]), let period = series.period else {
                throw Self.wrong("PERIOD takes a metric, not the result of an expression")
            }
            return .scalar(Double(period))
        case .first, .last:
            let all = try list(arguments[0], function.rawValue)
            guard let series = function == .first ? all.first : all.last else {
                throw Self.wrong("\(function.rawValue) of no series")
            }
            return .series(series)
        case .removeEmpty:
            return .array(try list(arguments[0], function.rawValue).filter { $0.values.contains { $0 != nil } })
        case .abs: return Self.map(try value(of: arguments[0])) { $0.magnitude }
        case .ceil: return Self.map(try value(of: arguments[0])) { $0.rounded(.up) }
        case .floor: return Self.map(try value(of: arguments[0])) { $0.rounded(.down) }
        case .log: return Self.map(try value(of: arguments[0])) { Glibc.log($0) }
        case .log10: return Self.map(try value(of: arguments[0])) { Glibc.log10($0) }
        case .diff, .diffTime, .rate, .runningSum, .minute, .hour, .day, .date, .month, .year, .epoch:
            return try eachSeries(arguments[0], function)
        case .sum, .average, .min, .max, .standardDeviation, .datapointCount:
            return try reduce(try value(of: arguments[0]), function)
        }
    }

    /// The series of an argument that may be one or many.
    private func list(_ node: MetricMath.Node, _ function: String) throws(AlarmEvaluationError) -> [MathSeries] {
        switch try value(of: node) {
        case .series(let series): return [series]
        case .array(let all): return all
        case .scalar: throw Self.wrong("\(function) takes series, not a number")
        }
    }

    private func metrics(containing filter: MetricMath.Node?) throws(AlarmEvaluationError) -> MathValue {
        switch filter {
        case nil: return .array(metrics.map(\.series))
        case .text(let text)?: return .array(metrics.filter { $0.id.containsBytes(text) }.map(\.series))
        default: throw Self.wrong("METRICS takes a text in quotes, a part of the ids")
        }
    }

    private func constant(_ number: Double) -> MathSeries {
        MathSeries(values: Array(repeating: number, count: slots.count))
    }
}

// MARK: Operators

extension MathScope {
    /// Values that are not finite, such as a quotient by 0, are dropped.
    private static func map(_ value: MathValue, _ change: (Double) -> Double) -> MathValue {
        func changed(_ series: MathSeries) -> MathSeries {
            MathSeries(values: series.values.map { $0.map(change).flatMap { $0.isFinite ? $0 : nil } })
        }
        switch value {
        case .scalar(let number): return .scalar(change(number))
        case .series(let series): return .series(changed(series))
        case .array(let all): return .array(all.map(changed))
        }
    }

    private func combine(
        _ left: MathValue, _ right: MathValue, _ sign: MetricMath.Operator
    ) throws(AlarmEvaluationError) -> MathValue {
        switch (left, right) {
        case (.scalar(let left), .scalar(let right)): return .scalar(sign.apply(left, right))
        case (.scalar(let number), _): return Self.map(right) { sign.apply(number, $0) }
        case (_, .scalar(let number)): return Self.map(left) { sign.apply($0, number) }
        case (.series(let left), .series(let right)): return .series(Self.combine(left, right, sign))
        case (.array(let all), .series(let series)): return .array(all.map { Self.combine($0, series, sign) })
        case (.series(let series), .array(let all)): return .array(all.map { Self.combine(series, $0, sign) })
        case (.array(let left), .array(let right)):
            guard left.count == right.count else {
                throw Self.wrong("\"\(sign.rawValue)\" between \(left.count) and \(right.count) series")
            }
            return .array(zip(left, right).map { Self.combine($0, $1, sign) })
        }
    }

    /// Where only one series has a value, the other one's counts as 0; a quotient by 0 is dropped.
    private static func combine(_ left: MathSeries, _ right: MathSeries, _ sign: MetricMath.Operator) -> MathSeries {
        MathSeries(
            values: zip(left.values, right.values).map { left, right in
                guard left != nil || right != nil else { return nil }
                let result = sign.apply(left ?? 0, right ?? 0)
                return result.isFinite ? result : nil
            })
    }
}

extension MetricMath.Operator {
    func apply(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .or: left != 0 || right != 0 ? 1 : 0
        case .and: left != 0 && right != 0 ? 1 : 0
        case .equal: left == right ? 1 : 0
        case .notEqual: left != right ? 1 : 0
        case .lessOrEqual: left <= right ? 1 : 0
        case .greaterOrEqual: left >= right ? 1 : 0
        case .less: left < right ? 1 : 0
        case .greater: left > right ? 1 : 0
        case .plus: left + right
        case .minus: left - right
        case .times: left * right
        case .divided: left / right
        case .power: pow(left, right)
        }
    }
}

// MARK: Functions

extension MathScope {
    /// Of one series a number, of many a series.
    private func reduce(_ value: MathValue, _ function: MathFunction) throws(AlarmEvaluationError) -> MathValue {
        switch value {
        case .scalar: throw Self.wrong("\(function.rawValue) takes series, not a number")
        case .series(let series):
            // Without any value the result is no number, so that what is computed with it is dropped.
            return .scalar(Self.reduce(series.values.compactMap { $0 }, function) ?? .nan)
        case .array(let all):
            return .series(
                MathSeries(
                    values: slots.indices.map { index in
                        var values = all.compactMap { $0.values[index] }
                        // Missing values count as 0 for the average of several series.
                        let missing = all.count - values.count
                        if function == .average, !values.isEmpty { values += Array(repeating: 0, count: missing) }
                        return Self.reduce(values, function)
                    }))
        }
    }

    private static func reduce(_ values: [Double], _ function: MathFunction) -> Double? {
        if function == .datapointCount { return Double(values.count) }
        guard !values.isEmpty else { return nil }
        let sum = values.reduce(0, +)
        switch function {
        case .sum: return sum
        case .min: return values.min()
        case .max: return values.max()
        case .standardDeviation:
            let mean = sum / Double(values.count)
            return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
        default: return sum / Double(values.count)
        }
    }

    private func eachSeries(
        _ node: MetricMath.Node, _ function: MathFunction
    ) throws(AlarmEvaluationError) -> MathValue {
        switch try value(of: node) {
        case .scalar: throw Self.wrong("\(function.rawValue) takes series, not a number")
        case .series(let series): return .series(apply(function, to: series))
        case .array(let all): return .array(all.map { apply(function, to: $0) })
        }
    }

    private func apply(_ function: MathFunction, to series: MathSeries) -> MathSeries {
        switch function {
        case .runningSum:
            var sum = 0.0
            return MathSeries(
                values: series.values.map { value in
                    value.map {
                        sum += $0
                        return sum
                    }
                })
        case .diff: return changes(of: series) { difference, _ in difference }
        case .diffTime: return changes(of: series) { _, seconds in seconds }
        case .rate: return changes(of: series) { difference, seconds in difference / seconds }
        default: return MathSeries(values: slots.map { Self.part(function, of: $0.start) })
        }
    }

    /// Compares each value with the last one before it, if there is one.
    private func changes(of series: MathSeries, _ change: (Double, Double) -> Double) -> MathSeries {
        var previous: (value: Double, time: Timestamp)?
        var result = MathSeries(values: [])
        for (slot, value) in zip(slots, series.values) {
            guard let value else {
                result.values.append(nil)
                continue
            }
            result.values.append(
                previous.map { change(value - $0.value, (slot.start - $0.time) / .seconds(1)) })
            previous = (value, slot.start)
        }
        return result
    }

    /// A part of a period's start in UTC; `DAY` is 1 for Monday to 7.
    private static func part(_ function: MathFunction, of time: Timestamp) -> Double {
        let seconds = time.microseconds.flooredDivision(by: 1_000_000).quotient
        let date = CivilDate(secondsSinceEpoch: seconds)
        return switch function {
        case .minute: Double(date.minute)
        case .hour: Double(date.hour)
        case .day: Double((date.weekday + 6) % 7 + 1)
        case .date: Double(date.day)
        case .month: Double(date.month)
        case .year: Double(date.year)
        default: Double(seconds)
        }
    }

    /// A period where the condition is true takes the second argument, else the third.
    ///
    /// True without a second value gives 0; false without a third one, and no condition at all, give nothing.
    private func condition(_ arguments: [MetricMath.Node]) throws(AlarmEvaluationError) -> MathValue {
        let test = try value(of: arguments[0])
        let yes = try branch(arguments[1])
        let no: MathSeries? = if arguments.count > 2 { try branch(arguments[2]) } else { nil }
        switch test {
        case .scalar(let number):
            return .series(number != 0 ? yes : no ?? MathSeries(values: Array(repeating: nil, count: slots.count)))
        case .series(let series):
            return .series(
                MathSeries(
                    values: series.values.enumerated().map { index, value in
                        guard let value else { return nil }
                        return value != 0 ? yes.values[index] ?? 0 : no?.values[index]
                    }))
        case .array: throw Self.wrong("IF takes one series or a number as its condition, not many series")
        }
    }

    private func branch(_ node: MetricMath.Node) throws(AlarmEvaluationError) -> MathSeries {
        switch try value(of: node) {
        case .scalar(let number): return constant(number)
        case .series(let series): return series
        case .array: throw Self.wrong("IF takes one series or a number for each result, not many series")
        }
    }

    private func fill(_ arguments: [MetricMath.Node]) throws(AlarmEvaluationError) -> MathValue {
        let filler: (MathSeries) -> MathSeries
        switch arguments[1] {
        case .keyword("REPEAT"): filler = Self.repeated
        case .keyword("LINEAR"): filler = Self.interpolated
        default:
            let other: MathSeries
            switch try value(of: arguments[1]) {
            case .scalar(let number): other = constant(number)
            case .series(let series): other = series
            case .array:
                throw Self.wrong("FILL fills with a number, one series, REPEAT or LINEAR, not with many series")
            }
            filler = { MathSeries(values: zip($0.values, other.values).map { $0 ?? $1 }, period: $0.period) }
        }
        switch try value(of: arguments[0]) {
        case .scalar: throw Self.wrong("FILL takes series, not a number")
        case .series(let series): return .series(filler(series))
        case .array(let all): return .array(all.map(filler))
        }
    }

    /// Gaps get the last value before them; what is missing at the start stays so.
    private static func repeated(_ series: MathSeries) -> MathSeries {
        var last: Double?
        return MathSeries(
            values: series.values.map { value in
                last = value ?? last
                return last
            }, period: series.period)
    }

    /// Gaps between two values become a straight line; what is missing at both ends stays so.
    private static func interpolated(_ series: MathSeries) -> MathSeries {
        var result = series
        var before: Int?
        for (index, value) in series.values.enumerated() {
            guard let value else { continue }
            if let start = before, let first = series.values[start], index > start + 1 {
                for gap in (start + 1)..<index {
                    let share = Double(gap - start) / Double(index - start)
                    result.values[gap] = first + (value - first) * share
                }
            }
            before = index
        }
        return result
    }

    private func sort(_ arguments: [MetricMath.Node]) throws(AlarmEvaluationError) -> MathValue {
        let all = try list(arguments[0], "SORT")
        guard case .keyword(let name) = arguments[1], let function = MathFunction(rawValue: name),
            [.average, .min, .max, .sum].contains(function)
        else { throw Self.wrong("SORT takes AVG, MIN, MAX or SUM as its second argument") }
        guard case .keyword(let order) = arguments[2], order == "ASC" || order == "DESC" else {
            throw Self.wrong("SORT takes ASC or DESC as its third argument")
        }
        func key(_ series: MathSeries) -> Double {
            Self.reduce(series.values.compactMap { $0 }, function) ?? -.infinity
        }
        var sorted = all.sorted { order == "ASC" ? key($0) < key($1) : key($0) > key($1) }
        if arguments.count > 3 { sorted = Array(sorted.prefix(try index(arguments[3], "SORT"))) }
        return .array(sorted)
    }

    private func slice(_ arguments: [MetricMath.Node]) throws(AlarmEvaluationError) -> MathValue {
        let all = try list(arguments[0], "SLICE")
        let start = min(try index(arguments[1], "SLICE"), all.count)
        let end = arguments.count > 2 ? min(try index(arguments[2], "SLICE"), all.count) : all.count
        let part = Array(all[start..<max(start, end)])
        return part.count == 1 ? .series(part[0]) : .array(part)
    }

    private func index(_ node: MetricMath.Node, _ function: String) throws(AlarmEvaluationError) -> Int {
        guard case .scalar(let number) = try value(of: node), let index = Int(exactly: number), index >= 0 else {
            throw Self.wrong("\(function) takes whole numbers from 0 as its limits")
        }
        return index
    }
}
