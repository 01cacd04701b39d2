/// What a page does when scripts run: it tells what a bar or a curve shows at the pointer.
public enum PageScript {
    /// The script. It listens at the document, so parts of the page can be replaced at any time.
    public static let text: StaticString = """
        document.documentElement.classList.add("js")
        """
}
