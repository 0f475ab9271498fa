;; One session: emacs --batch -q -l emacs.el, Emacs 28 with elpa-eglot or Emacs 29 and later.
;; Sees E2E_FILE, E2E_SETUP, E2E_TEXT; writes what it saw to E2E_RESULT.
(setq native-comp-enable-subr-trampolines nil native-comp-jit-compilation nil)
(package-initialize)
(require 'eglot)
(require 'flymake)
(require 'json)
(require 'cl-lib)

(defvar seen nil)

(defun see (name value) (setq seen (append seen (list (cons name value)))))

(defun wait-for (what condition)
  (let ((end (+ (float-time) 30)))
    (while (not (funcall condition))
      (when (> (float-time) end) (error "timeout: %s" what))
      (accept-process-output nil 0.05))))

(defun findings () (vconcat (mapcar #'flymake-diagnostic-text (flymake-diagnostics))))

(defun found (part) (cl-some (lambda (text) (string-match-p (regexp-quote part) text)) (findings)))

(condition-case problem
    (let ((eglot-sync-connect 30) (eglot-autoshutdown t) (eglot-send-changes-idle-time 0)
          (eglot-confirm-server-initiated-edits nil)
          (flymake-no-changes-timeout 0.1) (flymake-start-on-flymake-mode t)
          (note (getenv "E2E_TEXT")))
      (setq last-nonmenu-event ?x           ; in batch mode eglot would open a menu
            eglot-confirm-server-edits nil)
      (load (getenv "E2E_SETUP") nil t)
      (find-file (getenv "E2E_FILE"))
      ;; eglot-ensure waits for a command to end, and in batch mode none does
      (unless (eglot-managed-p)
        (apply #'eglot--connect (eglot--guess-contact))
        (unless (eglot-managed-p) (eglot--maybe-activate-editing-mode)))
      (wait-for "diagnostics" (lambda () (flymake-start) (found "ALC552")))
      (see 'diagnostics (findings))

      (goto-char (point-min))
      (search-forward note)
      (backward-char 3)
      (let ((hover (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover
                                    (eglot--TextDocumentPositionParams))))
        (see 'hover (plist-get (plist-get hover :contents) :value)))

      ;; eglot's own menu; `completing-read' stands in for the person who picks
      (cl-letf (((symbol-function 'completing-read)
                 (lambda (_prompt choices &rest _)
                   (let ((titles (all-completions "" choices)))
                     (see 'actions (vconcat titles))
                     (cl-find-if (lambda (title) (string-prefix-p "Write" title)) titles)))))
        (eglot-code-actions (point) (point) nil t))
      (wait-for "quick fix" (lambda () (not (save-excursion (goto-char (point-min)) (search-forward note nil t)))))
      (eglot--signal-textDocument/didChange) ; by an idle timer, but a batch is never idle
      (wait-for "diagnostics after the fix" (lambda () (flymake-start) (not (found "ALC552"))))
      (see 'after_quick_fix (buffer-string))
      (see 'diagnostics_after (findings))

      (cl-letf (((symbol-function 'read-multiple-choice) (lambda (&rest _) (error "asked a question")))
                ((symbol-function 'completing-read) (lambda (_prompt choices &rest _) (car (all-completions "" choices)))))
        (save-buffer))
      (see 'saved (buffer-string))
      (eglot-shutdown (eglot--current-server-or-lose))
      (with-temp-file (getenv "E2E_RESULT") (insert (json-encode seen)))
      (kill-emacs 0))
  (error (message "failed: %S\n%S" problem seen)
         (when (get-buffer "*EGLOT events*") (message "%s" (with-current-buffer "*EGLOT events*" (buffer-string))))
         (kill-emacs 1)))
