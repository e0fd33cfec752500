;; What `memory.copy` does, for WebAssembly that does not have it.
(func $__memory_copy (param $to i32) (param $from i32) (param $length i32)
  (if (i32.lt_u (i32.sub (local.get $to) (local.get $from)) (local.get $length))
    ;; What is still to be read would be overwritten: backwards. That is rare.
    (then
      (loop $bytes
        (if (local.get $length) (then
          (local.set $length (i32.sub (local.get $length) (i32.const 1)))
          (i32.store8 (i32.add (local.get $to) (local.get $length))
            (i32.load8_u (i32.add (local.get $from) (local.get $length))))
          (br $bytes)))))
    (else
      (loop $words
        (if (i32.gt_u (local.get $length) (i32.const 7)) (then
          (i64.store align=1 (local.get $to) (i64.load align=1 (local.get $from)))
          (local.set $to (i32.add (local.get $to) (i32.const 8)))
          (local.set $from (i32.add (local.get $from) (i32.const 8)))
          (local.set $length (i32.sub (local.get $length) (i32.const 8)))
          (br $words))))
      (loop $bytes
        (if (local.get $length) (then
          (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))
          (local.set $to (i32.add (local.get $to) (i32.const 1)))
          (local.set $from (i32.add (local.get $from) (i32.const 1)))
          (local.set $length (i32.sub (local.get $length) (i32.const 1)))
          (br $bytes)))))))
