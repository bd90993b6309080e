"""What an instructor does in formgrader, inside JupyterLab or in a tab of its own."""

from offline import PATIENCE, new_page
from playwright.sync_api import expect

expect.set_options(timeout=PATIENCE)
# formgrader's pages fetch MathJax from the web, and scroll when it has done its work. This is as much of it as they
# need to begin; it never gets done.
MATHJAX = "window.MathJax = {Hub: {Config() {}, Queue() {}, Startup: {signal: {Interest() {}}}}};"


def open_desk(browser):
    """Return a page to open formgrader in."""
    page = new_page(browser)
    # Before the rule that nothing comes from elsewhere: the last rule is asked first.
    page.context.route("**/mathjax/**", lambda route: route.fulfill(content_type="text/javascript", body=MATHJAX))
    return page


def choose(page, menu, item):
    """Choose an item from one of JupyterLab's menus."""
    page.get_by_role("menubar").get_by_role("menuitem", name=menu, exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()


def open_in_lab(page, address):
    """Open formgrader by JupyterLab's menu."""
    page.goto(f"{address}/lab?reset")
    choose(page, "Nbgrader", "Formgrader")
    frame = page.locator("#formgrader-iframe iframe").element_handle().content_frame()
    return Formgrader(frame)


class Formgrader:
    """formgrader's pages, each with a way to get there."""

    def __init__(self, place):
        """Use what shows formgrader: a page of the browser, or a frame in it. It shows the assignments."""
        self.place = place
        expect(self.row("ps1").locator(".name")).to_have_text("ps1")

    def row(self, name):
        """Return the row of an assignment or a student in the table that is shown."""
        return self.place.locator("#main-table tr", has=self.place.get_by_text(name, exact=True))

    def click(self, name, button):
        """Click a sign in a row, wait for the dialog that tells what came of it, close it, and return its words."""
        self.row(name).locator(f".{button} a").click()
        dialog = self.place.locator(".modal-content")
        said = Dialog(dialog)
        dialog.get_by_role("button", name="OK").click()
        expect(self.place.locator(".modal, .modal-backdrop")).to_have_count(0)
        self.row(name).locator(f".{button} a").wait_for()  # the row is drawn anew, too
        return said

    def to_assignments(self):
        """Back to the assignments; from a submission, this takes two clicks."""
        if self.place.locator(".nav-pills").count() == 0:
            self.place.get_by_role("link", name="Manual Grading").click()
        self.place.get_by_role("link", name="Manage Assignments").click()

    def to_submissions(self):
        """From the assignments to what was handed in for the first."""
        self.row("ps1").locator(".num-submissions a").click()
        self.row("ada").locator(".autograde a").wait_for()

    def autograde(self, student):
        return self.click(student, "autograde")

    def to_manual_grading(self):
        """To the submissions of the notebook, as they are listed for those who grade."""
        self.place.get_by_role("link", name="Manual Grading").click()
        self.place.get_by_role("link", name="ps1", exact=True).click()
        self.place.get_by_role("link", name="p1", exact=True).click()
        self.place.locator("#main-table .name-hidden").first.wait_for()

    def to_submission_of(self, student):
        """From that list to a student's notebook; names are hidden until somebody asks for them."""
        link = self.place.locator("#main-table a.name-shown").get_by_text(student)
        link.locator("xpath=ancestor::tr").locator("span.name-hidden").click()
        link.click()
        self.place.wait_for_function("() => window.formgrader?.grades?.loaded && window.formgrader?.comments?.loaded")

    def give(self, question, points, comment):
        """Type points and a comment, and wait until each is saved."""
        for field, text, kind in ((f"#{question}", points, "grade"), (f"#{question}-comment", comment, "comment")):
            self.place.locator(field).fill(text)
            self._saved(kind, self.place.locator(field).blur)

    def give_all(self, question):
        """Click *Full credit*, and wait until it is saved."""
        cell = self.place.locator(".nbgrader_cell", has=self.place.locator(f"#{question}"))
        self._saved("grade", cell.get_by_role("button", name="Full credit").click)

    def _saved(self, kind, deed):
        page = getattr(self.place, "page", self.place)
        with page.expect_response(lambda r: f"/api/{kind}/" in r.url and r.request.method == "PUT") as saving:
            deed()
        assert saving.value.ok


class Dialog:
    """What a dialog says: its title, the first line, and nbgrader's panels below."""

    def __init__(self, content):
        """Wait for the dialog and read it."""
        self.title = content.locator(".modal-title").inner_text()
        self.said = content.locator(".modal-body p").inner_text()
        self.log = "\n".join(content.locator(".panel-warning pre").all_inner_texts())
        self.traceback = "\n".join(content.locator(".panel-danger pre").all_inner_texts())
