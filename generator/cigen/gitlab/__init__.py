"""GitLab itself: the files of other projects, where no checkout of them is at hand."""
