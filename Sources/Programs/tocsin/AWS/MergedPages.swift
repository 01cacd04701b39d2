import JSON

/// The pages of a result as one.
///
/// A single page stays what it is. Of several, the results are joined as botocore's `build_full_result` does: lists and
/// texts one after the other, numbers added. Other members stay when every page has the same (`Prefix`), and go when
/// they differ (`NextToken`, `KeyCount`).
struct MergedPages {
    private let results: [[Substring]]
    private(set) var output: JSONObject = [:]
    /// How many pages were added.
    private(set) var count = 0

    /// - Parameter results: the members with the results, such as `Reservations` or `DistributionList.Items`.
    init(results: [String]) { self.results = results.map { $0.split(separator: ".") } }

    mutating func add(_ page: JSONValue) {
        let page = page.objectValue ?? [:]
        output = count == 0 ? page : Self.merged(output, page, results)
        count += 1
    }

    /// How many elements the first list of results has.
    var itemCount: Int { value(at: results.first ?? [], in: .object(output))?.arrayValue?.count ?? 0 }

    /// Leaves only so many elements in the first list of results.
    /// - Returns: how many were left out.
    mutating func cut(to limit: Int) -> Int {
        let leftOut = max(0, itemCount - limit)
        if leftOut > 0, let path = results.first { output = Self.cut(output, path[...], to: limit) }
        return leftOut
    }

    private static func cut(_ object: JSONObject, _ path: ArraySlice<Substring>, to limit: Int) -> JSONObject {
        guard let name = path.first.map(String.init), let value = object[name] else { return object }
        var object = object
        if path.count == 1, let list = value.arrayValue { object[name] = .array(Array(list.prefix(limit))) }
        if path.count > 1, let inner = value.objectValue {
            object[name] = .object(cut(inner, path.dropFirst(), to: limit))
        }
        return object
    }

    private func value(at path: [Substring], in value: JSONValue) -> JSONValue? {
        path.reduce(value) { $0?[String($1)] }
    }

    private static func merged(_ whole: JSONObject, _ page: JSONObject, _ results: [[Substring]]) -> JSONObject {
        var merged: JSONObject = [:]
        for name in whole.keys + page.keys.filter({ whole[$0] == nil }) {
            let inner = results.filter { $0.first.map(String.init) == name }.map { Array($0.dropFirst()) }
            if inner.contains([]) {
                merged[name] = joined(whole[name], page[name])
            } else if !inner.isEmpty {
                merged[name] = .object(merge(whole[name], page[name], inner))
            } else if whole[name] == page[name] {
                merged[name] = whole[name]
            }
        }
        return merged
    }

    private static func merge(_ whole: JSONValue?, _ page: JSONValue?, _ results: [[Substring]]) -> JSONObject {
        guard let whole = whole?.objectValue else { return page?.objectValue ?? [:] }
        return merged(whole, page?.objectValue ?? [:], results)
    }

    private static func joined(_ whole: JSONValue?, _ page: JSONValue?) -> JSONValue? {
        switch (whole, page) {
        case (let whole?, nil): return whole
        case (.array(let first)?, .array(let second)?): return .array(first + second)
        case (.string(let first)?, .string(let second)?): return .string(first + second)
        case (.integer(let first)?, .integer(let second)?): return .integer(first &+ second)
        case (.object(let first)?, .object(let second)?):
            var object = first
            for (name, value) in second { object[name] = joined(object[name], value) }
            return .object(object)
        case (let first?, let second?):
            guard let sum = first.doubleValue, let more = second.doubleValue else { return second }
            return .double(sum + more)
        case (nil, let page): return page
        }
    }
}
