;; One session: emacs --batch -q -l lsp_mode.el, lsp-mode 8 and later.
;; Sees E2E_FILE, E2E_SETUP, E2E_TEXT; writes what it saw to E2E_RESULT.
(setq native-comp-enable-subr-trampolines nil native-comp-jit-compilation nil)
(package-initialize)
(require 'lsp-mode)
(require 'flymake)
(require 'json)
(require 'cl-lib)

(defvar seen nil)

(defun see (name value) (setq seen (append seen (list (cons name value)))))

(defun wait-for (what condition)
  (let ((end (+ (float-time) 30)))
    (while (not (funcall condition))
      (when (> (float-time) end) (error "timeout: %s" what))
      (accept-process-output nil 0.05)
      (sit-for 0))))

(defun findings () (vconcat (mapcar #'flymake-diagnostic-text (flymake-diagnostics))))

(defun found (part) (cl-some (lambda (text) (string-match-p (regexp-quote part) text)) (findings)))

(condition-case problem
    (let ((lsp-auto-guess-root t)       ; in place of the person who is asked where the project begins
          (lsp-client-packages nil)     ; the hundred others: loading them takes a second
          (lsp-restart 'ignore) (lsp-enable-suggest-server-download nil) (lsp-idle-delay 0)
          (flymake-no-changes-timeout 0.1)
          (note (getenv "E2E_TEXT")))
      (load (getenv "E2E_SETUP") nil t)
      (find-file (getenv "E2E_FILE"))
      ;; lsp-deferred waits until a window shows the buffer, and in batch mode none does
      (unless (bound-and-true-p lsp-mode) (lsp))
      (wait-for "diagnostics" (lambda () (flymake-start) (found "Python decides `is`")))
      (see 'diagnostics (findings))

      (goto-char (point-min))
      (search-forward note)
      (backward-char 3)
      (lsp-describe-thing-at-point)
      (see 'hover (with-current-buffer "*lsp-help*" (buffer-substring-no-properties (point-min) (point-max))))

      ;; lsp-mode's own menu; `completing-read' stands in for the person who picks
      (cl-letf (((symbol-function 'completing-read)
                 (lambda (_prompt choices &rest _)
                   (let ((titles (all-completions "" choices)))
                     (see 'actions (vconcat titles))
                     (cl-find-if (lambda (title) (string-prefix-p "Write" title)) titles)))))
        (call-interactively #'lsp-execute-code-action))
      (wait-for "quick fix" (lambda () (not (save-excursion (goto-char (point-min)) (search-forward note nil t)))))
      ;; flymake shows none for a moment
      (wait-for "diagnostics after the fix"
                (lambda () (flymake-start) (and (flymake-diagnostics) (not (found "Python decides `is`")))))
      (see 'after_quick_fix (buffer-substring-no-properties (point-min) (point-max)))
      (see 'diagnostics_after (findings))

      (cl-letf (((symbol-function 'completing-read) (lambda (&rest _) (error "asked a question"))))
        (save-buffer))
      (see 'saved (buffer-substring-no-properties (point-min) (point-max)))
      (lsp-disconnect)
      (with-temp-file (getenv "E2E_RESULT") (insert (json-encode seen)))
      (kill-emacs 0))
  (error (message "failed: %S\n%S" problem seen)
         (dolist (name '("*lsp-log*" "*sqlassay::stderr*" "*sqlassay*"))
           (when (get-buffer name) (message "%s:\n%s" name (with-current-buffer name (buffer-string)))))
         (kill-emacs 1)))
