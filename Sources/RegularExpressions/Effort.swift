import CPCRE2

/// How much work a search may still do.
///
/// PCRE2 limits the steps from one starting place but not the number of these, and does not count the characters that
/// one item runs over: `a*b` in a megabyte of `a` takes hours within its limits. The distances between the places of
/// successive callouts add up to what was really looked at.
struct Effort {
    private(set) var left: Int
    private var position = 0

    init(left: Int) { self.left = left }

    /// PCRE2's callout: 0 goes on, a negative number ends the search.
    static func count(_ block: UnsafeMutablePointer<pcre2_callout_block_8>?, _ data: UnsafeMutableRawPointer?) -> Int32
    {
        guard let block, let effort = data?.assumingMemoryBound(to: Effort.self) else { return 0 }
        let place = Int(block.pointee.current_position)
        effort.pointee.left -= 1 + abs(place - effort.pointee.position)
        effort.pointee.position = place
        return effort.pointee.left < 0 ? PCRE2_ERROR_CALLOUT : 0
    }
}
