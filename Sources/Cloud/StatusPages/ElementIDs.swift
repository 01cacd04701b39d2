internal import Basics
internal import ServiceHistory

/// The ids of groups and services in a page, made of their names.
///
/// They stay the same when services come and go, so that a page that is kept up to date changes a service's row in its
/// place: what the reader has opened and focused stays so.
struct ElementIDs {
    private var timesUsed: [String: Int] = [:]

    /// `group/shop`, or `group` of services without one.
    mutating func group(_ name: String?) -> String { unique("group", [name]) }

    /// `row/shop/front%20page`.
    mutating func service(_ history: ServiceHistory) -> String { unique("row", [history.group, history.name]) }

    /// Parts are escaped, so that a slash in a name cannot make it equal to another one.
    private mutating func unique(_ prefix: String, _ parts: [String?]) -> String {
        let id = ([prefix] + parts.compactMap { $0.map { percentEncoded($0) } }).joined(separator: "/")
        let count = timesUsed[id, default: 0] + 1
        timesUsed[id] = count
        // Of the same name twice, in the order of the page. A colon is in no escaped name.
        return count == 1 ? id : "\(id):\(count)"
    }
}
